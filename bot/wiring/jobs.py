"""Work that goes on beside the messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager


@asynccontextmanager
async def running(*jobs: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    """The *jobs* run until the block ends, which cancels them."""
    async with AsyncExitStack() as stack:
        for job in jobs:
            stack.push_async_callback(_cancel, asyncio.create_task(job))
        yield


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
