"""Askers whose question waits for a model that is being exchanged: told so once, and given the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from loguru import logger

from bot.services import replies

Notice = Callable[[str], Awaitable[object]]
"""Shows the asker one line before the answer."""


@dataclass(eq=False, slots=True)
class _Asker:
    limit: asyncio.Timeout
    notice: Notice | None
    told: bool = False


class Changing:
    """Begun and ended by whoever knows of the exchange; askers come and go meanwhile."""

    def __init__(self, *, limit_s: float, wait_s: float) -> None:
        """*limit_s* bounds an answer, *wait_s* the wait for another model besides."""
        self._limit_s = limit_s
        self._wait_s = wait_s
        self._askers: set[_Asker] = set()
        self._notices: set[asyncio.Task[None]] = set()
        self.now = False

    def begin(self) -> None:
        """No model answers just now; a second call does nothing."""
        if self.now:
            return
        self.now = True
        for asker in self._askers:
            self._let_wait(asker)

    def end(self) -> None:
        """The model answers again, or there is none: who waited has an answer's time from now."""
        if not self.now:
            return
        self.now = False
        for asker in self._askers:
            asker.limit.reschedule(asyncio.get_running_loop().time() + self._limit_s)

    @asynccontextmanager
    async def asking(self, notice: Notice | None) -> AsyncGenerator[None]:
        """For as long as somebody waits for the model.

        Raises:
            TimeoutError: the model took longer than it may.
        """
        async with asyncio.timeout(self._limit_s) as limit:
            asker = _Asker(limit, notice)
            self._askers.add(asker)
            if self.now:
                self._let_wait(asker)
            try:
                yield
            finally:
                self._askers.discard(asker)

    def _let_wait(self, asker: _Asker) -> None:
        asker.limit.reschedule(asyncio.get_running_loop().time() + self._wait_s + self._limit_s)
        if asker.notice is None or asker.told:
            return
        asker.told = True
        task = asyncio.create_task(_tell(asker.notice))
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)


async def _tell(notice: Notice) -> None:
    try:
        await notice(replies.MODEL_CHANGING)
    except Exception:  # noqa: BLE001 - the answer itself is still to come
        logger.exception("an asker could not be told of the exchange")
