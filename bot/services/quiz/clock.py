"""The clock of a game: warns once and rings when the time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from loguru import logger

from store.models import now

_WARN_S = 10
_WARN_FROM_S = 25
"""A shorter time is over before a warning helps."""
_REPAIR_S = 3.0
"""Until what failed is tried again."""


class Clock:
    """Wound up for every question; what fails when it rings, here or before, is made up for by ringing again."""

    def __init__(
        self,
        name: str,
        due: Callable[[], datetime | None],
        *,
        warn: Callable[[], Awaitable[None]],
        ring: Callable[[datetime | None], Awaitable[None]],
    ) -> None:
        """*name* is for the log; *due* tells when it is to ring, ``None`` for at once; *ring* is told for which moment it does."""
        self._name = name
        self._due = due
        self._warn = warn
        self._ring = ring
        self._task: asyncio.Task[None] | None = None

    def wind_up(self) -> None:
        """Ring when it is due from now on."""
        self.stop()
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Ring no more. What it does at this moment, being called by it, goes on."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None

    async def _run(self) -> None:
        while True:
            try:
                due = self._due()
                if due is not None:
                    await self._until(due)
                await self._ring(due)
            except Exception as error:  # noqa: BLE001 - a game that stands still blocks its chat
                logger.error("{} could not go on, tried again: {}", self._name, type(error).__name__)
                await asyncio.sleep(_REPAIR_S)
            else:
                return

    async def _until(self, due: datetime) -> None:
        left = (due - now()).total_seconds()
        if left > _WARN_FROM_S:
            await asyncio.sleep(left - _WARN_S)
            await self._warn()
            left = (due - now()).total_seconds()
        await asyncio.sleep(max(0.0, left))
