"""Jobs that run as long as the bot does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

from nonebot import get_driver


def background(start: Callable[[], Coroutine[None, None, None] | None]) -> None:
    """Run the job that *start* gives once the services are up, and cancel it when the bot stops; ``None`` for none."""
    running: list[asyncio.Task[None]] = []
    driver = get_driver()

    @driver.on_startup
    async def _start() -> None:
        if (job := start()) is not None:
            running.append(asyncio.create_task(job))

    @driver.on_shutdown
    async def _stop() -> None:
        for task in running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
