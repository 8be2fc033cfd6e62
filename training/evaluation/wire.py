"""HTTP to a server that is evaluated: one request, one list of replies, streamed or not."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError

from inference.connection import KEEPALIVE_S
from inference.errors import InferenceError, MalformedReply, RequestRejected, ServerBusy, ServerUnavailable
from inference.prompts import question_messages
from inference.replies import StreamedReply, read_completion, read_models

_RETRIES = 4
_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_LONGEST_LINE = 2**20


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one prompt."""

    text: str
    problem: str = ""
    """Reason of an :class:`inference.errors.InferenceError` when no reply could be had; then *text* is empty."""
    truncated: bool = False
    """It ends at the most tokens that were allowed."""
    confidence: float | None = None
    """Mean (geometric) token probability, 0 to 1, as members' answers have it; ``None`` when it was not told."""


class _Choice(BaseModel):
    text: str
    index: int = 0
    finish_reason: str | None = None


class _Completions(BaseModel):
    choices: list[_Choice]


class Wire:
    """Asks one OpenAI-compatible server greedily; an async context manager that owns its connections.

    Asking again is harmless here, so a reset, a 5xx or a busy server is tried a
    few times, each time on whatever connection there is. A time-out is not: the
    server had its time.
    """

    def __init__(self, url: str, *, api_key: SecretStr | None = None, timeout_s: float = 120) -> None:
        root = url.rstrip("/")
        self._root = root if re.search(r"/v\d+$", root) else f"{root}/v1"
        self._headers = {"Content-Type": "application/json"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key.get_secret_value()}"
        self.timeout_s = timeout_s
        """Of one request, in seconds."""
        self._session: aiohttp.ClientSession | None = None
        self.model = ""
        """Name that is asked for."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S),
            timeout=aiohttp.ClientTimeout(total=self.timeout_s, connect=10),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=_LONGEST_LINE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def models(self) -> list[str]:
        """Names that the server lists.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        _, body = await self._answer("GET", "/models", None)
        return read_models(body)

    async def chat(self, asked: str, *, max_tokens: int, stop: Sequence[str] = (), sure: bool = False) -> Reply:
        """The reply to the question *asked*, as members would get it; *sure* asks for its confidence too.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        payload = self._payload(max_tokens, stop) | {"messages": question_messages(asked)}
        if sure:
            payload["logprobs"] = True
        streamed, body = await self._answer("POST", "/chat/completions", payload)
        try:
            completion = _put_together(body, self.model) if streamed else read_completion(body, self.model)
        except MalformedReply as error:
            if error.reason == "empty":
                return Reply("")  # the server did its part: the model has nothing to say
            raise
        return Reply(completion.text, truncated=completion.truncated, confidence=completion.confidence)

    async def completions(self, prompts: Sequence[str], *, max_tokens: int, stop: Sequence[str] = ()) -> list[Reply]:
        """The texts that follow *prompts*, which are written out for the model, in their order.

        Raises:
            InferenceError: see :mod:`inference.errors`; ``MalformedReply`` also when a server answers only one.
        """
        payload = self._payload(max_tokens, stop) | {"prompt": list(prompts)}
        _, body = await self._answer("POST", "/completions", payload)
        try:
            choices = _Completions.model_validate_json(body).choices
        except ValidationError as error:
            raise MalformedReply("not_a_completion", detail=body[:500].decode("utf-8", "replace")) from error
        if sorted(choice.index for choice in choices) != list(range(len(prompts))):
            raise MalformedReply("not_a_completion", detail=f"{len(choices)} replies to {len(prompts)} prompts")
        choices.sort(key=lambda choice: choice.index)
        return [Reply(choice.text.strip(), truncated=choice.finish_reason == "length") for choice in choices]

    def _payload(self, max_tokens: int, stop: Sequence[str]) -> dict[str, Any]:
        payload: dict[str, Any] = {"model": self.model, "max_tokens": max_tokens, "temperature": 0.0, "stream": False}
        return payload | {"stop": list(stop)} if stop else payload

    async def _answer(self, method: str, path: str, payload: Mapping[str, Any] | None) -> tuple[bool, bytes]:
        """Whether the answer of status 200 is a stream of events, and its body."""
        data = None if payload is None else json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        for attempt in range(_RETRIES + 1):
            pause_s = _PAUSE_S * 2**attempt
            try:
                return await self._once(method, path, data)
            except ServerBusy as error:
                pause_s, problem = min(error.retry_after_s or pause_s, _LONGEST_PAUSE_S), error
            except ServerUnavailable as error:
                problem = error
                if error.reason not in ("reset", "stream_error") and not error.reason.startswith("http_"):
                    raise
            if attempt == _RETRIES:
                raise problem
            await asyncio.sleep(pause_s)
        raise AssertionError  # the last attempt returned or raised

    async def _once(self, method: str, path: str, data: bytes | None) -> tuple[bool, bytes]:
        assert self._session is not None
        try:
            async with self._session.request(method, self._root + path, data=data, allow_redirects=False) as response:
                body = await response.read()
                _raise_for(response, body)
                return response.content_type == "text/event-stream", body
        except aiohttp.ConnectionTimeoutError as error:
            raise ServerUnavailable("connect_timeout") from error
        except TimeoutError as error:
            raise ServerUnavailable("timeout") from error
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError)
            raise ServerUnavailable("refused" if refused else "unreachable") from error
        except (aiohttp.InvalidURL, aiohttp.ClientResponseError, ValueError) as error:
            raise MalformedReply("not_a_completion", detail=str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise ServerUnavailable("reset") from error


def _put_together(body: bytes, model: str) -> Any:
    reply = StreamedReply(model)
    for line in body.split(b"\n"):
        reply.feed(line.rstrip(b"\r"))
        if reply.ended:
            break
    return reply.completion()


def _raise_for(response: aiohttp.ClientResponse, body: bytes) -> None:
    if response.status == HTTPStatus.OK:
        return
    detail = body[:500].decode("utf-8", "replace")
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        told = response.headers.get("Retry-After", "")
        raise ServerBusy("http_429", detail=detail, retry_after_s=float(told) if told.isdigit() else None)
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ServerUnavailable(f"http_{response.status}", detail=detail)
    raise RequestRejected(response.status, detail=detail)


def is_final(error: InferenceError) -> bool:
    """Whether every other request would end the same way: nobody listens, or the key or the model is wrong."""
    if isinstance(error, RequestRejected):
        return error.status in (401, 403, 404, 405)
    return error.reason in ("refused", "unreachable")
