"""Which rounds a superuser may ask."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bot.services.training_process import TrainingProcess

_FRESH_S = 30.0


@dataclass(frozen=True, slots=True)
class Choice:
    number: int
    rejected: bool
    """The gate did not let it pass; it may be looked at all the same."""


class Choices:
    """As the training package sees them, which knows where models are: remembered, since asking takes seconds."""

    def __init__(self, process: TrainingProcess) -> None:
        self._process = process
        self._found: tuple[Choice, ...] = ()
        self._fresh_until = 0.0
        self._asking = asyncio.Lock()

    async def now(self) -> tuple[Choice, ...]:
        """Rounds whose model is there, newest first.

        Raises:
            JobFailed: nobody can tell; says why.
        """
        async with self._asking:
            if time.monotonic() >= self._fresh_until:
                told = await self._process.run("release", "choices")
                self._found = tuple(Choice(int(one["number"]), bool(one["rejected"])) for one in told["rounds"])
                self._fresh_until = time.monotonic() + _FRESH_S
            return self._found
