"""A model server on loopback, with every way of misbehaving."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import web

ANSWER = "B. 辛亥革命。1911 年武昌起义。"


class ModelServer:
    """Behaves as its attributes say; ``async with`` starts and stops it."""

    def __init__(self) -> None:
        self.mode = "ok"
        """``ok``, a status such as ``429``, ``hang``, ``reset``, ``not_http``, ``malformed``, ``huge``, ``empty``,
        ``unstreamed``; after two pieces of a stream ``hang_mid``, ``reset_mid``, ``error_mid``, ``cut``;
        ``no_eof`` leaves a finished stream open."""
        self.modes: list[str] = []
        """Modes of the next requests, one each, before *mode* holds again."""
        self.answer = ANSWER
        self.delay_s = 0.0
        """Before the head of an answer."""
        self.chunk_delay_s = 0.0
        self.logprob: float | None = math.log(0.5)
        self.retry_after: str | None = None
        self.model_names = ["test-model"]
        self.gate: asyncio.Event | None = None
        """Answers wait until it is set."""
        self.requests = 0
        self.listings = 0
        self.aborted = 0
        """Requests whose client left before the end."""
        self.in_flight = 0
        self.most_in_flight = 0
        self.connections = 0
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0
        self._seen: set[int] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get("/v1/models", self._models), web.post("/v1/chat/completions", self._chat)])
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        self.listings += 1
        return web.json_response({"object": "list", "data": [{"id": name} for name in self.model_names]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        mode = self.modes.pop(0) if self.modes else self.mode
        async with self._counted(request, body):
            if self.gate is not None:
                await self.gate.wait()
            if mode == "hang":
                await asyncio.sleep(3600)
            await asyncio.sleep(self.delay_s)
            return await self._answer(request, body, mode)

    @asynccontextmanager
    async def _counted(self, request: web.Request, body: dict[str, Any]) -> AsyncIterator[None]:
        self.requests += 1
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if id(request.protocol) not in self._seen:
            self._seen.add(id(request.protocol))
            self.connections += 1
        try:
            yield
        except (asyncio.CancelledError, ConnectionError):
            self.aborted += 1
            raise
        finally:
            self.in_flight -= 1

    async def _answer(self, request: web.Request, body: dict[str, Any], mode: str) -> web.StreamResponse:
        if mode.isdigit():
            headers = {"Retry-After": self.retry_after} if self.retry_after else None
            return web.json_response(
                {"error": {"message": "SECRET of the provider"}}, status=int(mode), headers=headers
            )
        if body["model"] not in self.model_names:
            return web.json_response({"error": {"message": "no such model"}}, status=404)
        assert request.transport is not None
        if mode == "reset":
            linger = struct.pack("ii", 1, 0)
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.transport.abort()
            return web.Response()
        if mode == "not_http":
            request.transport.write(b"this is no HTTP\r\n\r\n")
            request.transport.close()
            return web.Response()
        if mode == "malformed":
            return web.Response(body=b'{"choices":[{"message":{"role":"assist', content_type="application/json")
        if mode == "huge":
            return web.Response(body=b" " * (5 * 2**20), content_type="application/json")
        answer = "" if mode == "empty" else self.answer
        if body.get("stream") and mode != "unstreamed":
            return await self._stream(request, body, answer, mode)
        choice = {"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
        return web.json_response({"model": body["model"], "choices": [choice | self._logprobs(body, answer)]})

    async def _stream(self, request: web.Request, body: dict[str, Any], answer: str, mode: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)

        async def send(**event: Any) -> None:
            await response.write(b"data: " + json.dumps({"model": body["model"], **event}).encode() + b"\n\n")

        await send(choices=[{"delta": {"role": "assistant", "content": ""}}])
        pieces = [answer[start : start + 4] for start in range(0, len(answer), 4)]
        for number, piece in enumerate(pieces):
            if number == 2 and mode == "hang_mid":
                await asyncio.sleep(3600)
            if number == 2 and mode == "error_mid":
                await send(error={"message": "engine died", "code": 500})
                return response
            if number == 2 and mode == "reset_mid":
                assert request.transport is not None
                request.transport.abort()
                return response
            if number == 2 and mode == "cut":
                return response
            await asyncio.sleep(self.chunk_delay_s)
            await send(choices=[{"delta": {"content": piece}} | self._logprobs(body, piece)])
        await send(choices=[{"delta": {}, "finish_reason": "stop"}])
        await response.write(b": a comment\n\ndata: [DONE]\n\n")
        if mode == "no_eof":
            await asyncio.sleep(3600)
        return response

    def _logprobs(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        if not body.get("logprobs") or self.logprob is None:
            return {"logprobs": None}
        return {"logprobs": {"content": [{"token": token, "logprob": self.logprob} for token in text]}}


class StaleServer:
    """Speaks raw HTTP/1.1; resets each kept-alive connection when its second request comes.

    This is what a request meets that crosses the server's closing of an idle
    connection. ``fresh_resets`` makes new connections fail likewise.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.requests = 0
        self.fresh_resets = False
        self.half_head = False
        """A part of an answer's head comes before the connection ends."""
        self.port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        served = 0
        try:
            while await self._read_request(reader):
                self.requests += 1
                if served or (self.fresh_resets and self.connections > 1):
                    if self.half_head:
                        writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
                        await writer.drain()
                    break
                served += 1
                body = json.dumps({"model": "m", "choices": [{"message": {"content": ANSWER}}]}).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        finally:
            writer.close()

    async def _read_request(self, reader: asyncio.StreamReader) -> bool:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        return True


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
