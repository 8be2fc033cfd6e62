"""Server-sent events to one browser that may leave at any time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

HEARTBEAT = b": still here\n\n"


def event(name: str, data: dict[str, Any]) -> bytes:
    """One event; JSON keeps its data on one line."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def with_silences(source: AsyncGenerator[T, None], every_s: float) -> AsyncGenerator[T | None, None]:
    """The items of *source*, and ``None`` whenever *every_s* seconds passed without one.

    One task drives *source* from start to end, because a generator that holds
    an ``asyncio.timeout`` over a ``yield`` must not change tasks. Closing this
    generator cancels that task, and thereby what *source* is waiting for.
    """
    items: asyncio.Queue[T] = asyncio.Queue(maxsize=64)

    async def drive() -> None:
        async with aclosing(source):
            async for item in source:
                await items.put(item)

    driver = asyncio.create_task(drive(), name="answer stream")
    try:
        while not (driver.done() and items.empty()):
            getting = asyncio.create_task(items.get())
            try:
                await asyncio.wait({getting, driver}, timeout=every_s, return_when=asyncio.FIRST_COMPLETED)
            finally:
                got = getting.done()
                if not got:
                    getting.cancel()
            if got:
                yield getting.result()
            elif not driver.done():
                yield None
        await driver
    finally:
        driver.cancel()
        await asyncio.gather(driver, return_exceptions=True)


async def told(work: Callable[[Callable[[str], Awaitable[None]]], Awaitable[T]]) -> AsyncGenerator[str | T, None]:
    """The lines that *work* tells while it is under way, then what it returns; closing this early cancels it."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    async def working() -> T:
        try:
            return await work(lines.put)
        finally:
            lines.put_nowait(None)

    task = asyncio.create_task(working(), name="told work")
    try:
        while (line := await lines.get()) is not None:
            yield line
        yield await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class EventStream(Response):
    """Sends *frames* until they end or the browser is gone, then calls *finished* in either case."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes, None], finished: Callable[[], Awaitable[None]]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        # An empty body's length, set by the base class, would end the stream at once.
        del self.headers["content-length"]
        self._frames = frames
        self._finished = finished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send), name="event stream")
        leaving = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            ended = await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._finished()
        if isinstance(ended[0], Exception):
            raise ended[0]

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._frames) as frames:
            await _pass_on(frames, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _pass_on(frames: AsyncIterable[bytes], send: Send) -> None:
    async for frame in frames:
        await send({"type": "http.response.body", "body": frame, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
