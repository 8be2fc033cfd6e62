"""HTTP to the model server: connections, time-outs, safe retries, statuses as typed errors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
from pydantic import SecretStr

from inference.config import InferenceConfig
from inference.errors import MalformedReply, RequestRejected, ServerBusy, ServerUnavailable
from inference.replies import Completion, StreamedReply, read_completion, read_length, read_models, read_several

KEEPALIVE_S = 4.0
"""Idle connections are closed after this; LMDeploy closes them after 5 s, sometimes under a request."""
MAX_REPLY_BYTES = 4 * 2**20
"""A longer reply is not one to a question."""
DRAIN_S = 0.2
"""How long the end of a finished stream is waited for, so that its connection can be used again."""


class _Trace:
    """What aiohttp tells about one request."""

    __slots__ = ("reused",)

    def __init__(self) -> None:
        self.reused = False


class Connection:
    """Requests to one server over kept-alive connections. Bounds no concurrency: the queue does."""

    def __init__(self, url: str, config: InferenceConfig, api_key: SecretStr | None) -> None:
        self._config = config
        self._root = _api_root(url)
        self._headers = {"Content-Type": "application/json"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key.get_secret_value()}"
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def aclose(self) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def models(self, deadline: float) -> list[str]:
        """Model names that the server lists; *deadline* is in the loop's time.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        with _typed_errors():
            async with asyncio.timeout_at(deadline), self._answer("GET", "/models", None, deadline) as response:
                return read_models(await _read(response))

    async def whole(self, payload: Mapping[str, Any], deadline: float) -> Completion:
        """The reply to *payload* in one piece.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        return read_completion(await self._posted("/chat/completions", payload, deadline), payload["model"])

    async def several(self, payload: Mapping[str, Any], deadline: float) -> list[Completion | MalformedReply]:
        """The replies to the prompts in *payload*, in their order; one without text is an ``empty``.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        body = await self._posted("/completions", payload, deadline)
        return read_several(body, payload["model"], len(payload["prompt"]))

    async def length(self, text: str, deadline: float) -> int:
        """Tokens of *text*, by LMDeploy's ``/v1/encode``.

        Raises:
            InferenceError: see :mod:`inference.errors`; other servers do not know it.
        """
        payload = {"input": text, "do_preprocess": False, "add_bos": True}
        return read_length(await self._posted("/encode", payload, deadline))

    async def _posted(self, path: str, payload: Mapping[str, Any], deadline: float) -> bytes:
        """The whole body of the server's answer to *payload*."""
        body = _encoded(payload)
        with _typed_errors():
            async with asyncio.timeout_at(deadline), self._answer("POST", path, body, deadline) as response:
                return await _read(response)

    async def streamed(self, payload: Mapping[str, Any], deadline: float, emit: Callable[[str], None]) -> Completion:
        """The reply to *payload*, after its pieces went to *emit*.

        Raises:
            InferenceError: see :mod:`inference.errors`; pieces may have been emitted before.
        """
        loop = asyncio.get_running_loop()
        body = _encoded({**payload, "stream": True})
        reply = StreamedReply(payload["model"])
        limit = asyncio.timeout_at(min(deadline, loop.time() + self._config.first_token_timeout_s))
        try:
            with _typed_errors():
                async with limit, self._answer("POST", "/chat/completions", body, deadline) as response:
                    if response.content_type == "application/json":  # streaming is not for every server
                        return read_completion(await _read(response), payload["model"])
                    async for line in response.content:
                        piece = reply.feed(line)
                        if piece:
                            emit(piece)
                        if piece is not None:
                            limit.reschedule(min(deadline, loop.time() + self._config.idle_timeout_s))
                        elif reply.ended:
                            limit.reschedule(min(deadline, loop.time() + DRAIN_S))
        except ServerUnavailable as error:
            if error.reason != "timeout":
                raise
            if not reply.ended:
                if loop.time() >= deadline:
                    raise
                reason = "idle_timeout" if reply.started else "first_token_timeout"
                raise ServerUnavailable(reason) from error
        return reply.completion()

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, body: bytes | None, deadline: float
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        """The server's answer, its status 200. A busy server is asked once more when it names a short wait."""
        waited = False
        while True:
            async with await self._send(method, path, body) as response:
                if response.status == HTTPStatus.OK:
                    yield response
                    return
                retry_after_s = await _raise_for(response)
            now = asyncio.get_running_loop().time()
            short = retry_after_s is not None and retry_after_s <= self._config.retry_after_cap_s
            if waited or retry_after_s is None or not short or now + retry_after_s >= deadline:
                raise ServerBusy("http_429", retry_after_s=retry_after_s)
            waited = True
            await asyncio.sleep(retry_after_s)

    async def _send(self, method: str, path: str, body: bytes | None) -> aiohttp.ClientResponse:
        """The head of the answer.

        A kept-alive connection may have been closed by the server while our
        request was on its way; then, and only then, it is sent once more.
        """
        trace = _Trace()
        try:
            return await self._request(method, path, body, trace, fresh=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientConnectionResetError) as error:
            # A message that is not a string holds the part of the head that did arrive.
            nothing_came = not isinstance(error, aiohttp.ServerDisconnectedError) or isinstance(error.message, str)
            if not trace.reused or not nothing_came:
                raise
        # Other idle connections may be as dead, so this one must be new.
        return await self._request(method, path, body, trace, fresh=True)

    async def _request(
        self, method: str, path: str, body: bytes | None, trace: _Trace, *, fresh: bool
    ) -> aiohttp.ClientResponse:
        # No redirects: they would carry the question elsewhere.
        return await self._session(fresh).request(
            method,
            self._root + path,
            data=body,
            headers=self._headers,
            allow_redirects=False,
            trace_request_ctx=trace,
        )

    def _session(self, fresh: bool) -> aiohttp.ClientSession:
        """The session that keeps connections alive, or the one that never reuses any."""
        session = self._sessions.get(fresh)
        if session is None:
            tracing = aiohttp.TraceConfig()
            tracing.on_connection_reuseconn.append(_note_reuse)
            connector = (
                aiohttp.TCPConnector(limit=0, force_close=True)
                if fresh
                else aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S)
            )
            session = self._sessions[fresh] = aiohttp.ClientSession(
                connector=connector,
                # The total is bounded by the callers, with a reason of its own.
                timeout=aiohttp.ClientTimeout(total=None, connect=self._config.connect_timeout_s),
                trace_configs=[tracing],
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return session


async def _note_reuse(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.reused = True


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for block in response.content.iter_any():
        body += block
        if len(body) > MAX_REPLY_BYTES:
            raise MalformedReply("too_large")
    return bytes(body)


async def _raise_for(response: aiohttp.ClientResponse) -> float | None:
    """Raise what *response* means, whose status is not 200; for 429 return its ``Retry-After`` in seconds."""
    detail = (await _read(response)).decode("utf-8", errors="replace")
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        try:
            seconds = float(response.headers.get("Retry-After", ""))
        except ValueError:
            return None  # absent, or a date: nothing worth waiting for
        return seconds if seconds >= 0 else None
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ServerUnavailable(f"http_{response.status}", detail=detail)
    raise RequestRejected(response.status, detail=detail)


@contextmanager
def _typed_errors() -> Generator[None, None, None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise ServerUnavailable("connect_timeout") from error
    except TimeoutError as error:
        raise ServerUnavailable("timeout") from error
    except aiohttp.ClientConnectorError as error:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        raise ServerUnavailable("refused" if refused else "unreachable") from error
    except (aiohttp.ClientResponseError, ValueError) as error:
        # No HTTP, or a line longer than any chunk of a reply.
        raise MalformedReply("not_a_completion", detail=str(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise ServerUnavailable("reset") from error


def _encoded(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _api_root(url: str) -> str:
    """*url* down to its version: ``http://host:23333`` and ``http://host:23333/v1/`` are the same."""
    root = url.rstrip("/")
    return root if re.search(r"/v\d+$", root) else f"{root}/v1"
