"""Proactive messages of an account go out one after the other, at the platform's rate."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.services.sending.book import Book
from bot.services.sending.limits import Limits, SendingConfig
from bot.services.sending.post import Post, Receipt

_MIB = 1 << 20


class Turns:
    """Accounts do not wait for each other; within one it is first come, first served."""

    def __init__(
        self,
        book: Book,
        config: SendingConfig,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        rng: random.Random,
    ) -> None:
        self._book, self._config, self._now, self._sleep, self._rng = book, config, now, sleep, rng
        self._first: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: Counter[str] = Counter()
        self._bytes = 0
        self._last: dict[str, datetime] = {}

    @property
    def waiting(self) -> int:
        """How many wait or have their turn."""
        return self._waiting.total()

    @asynccontextmanager
    async def turn(self, post: Post, limits: Limits) -> AsyncGenerator[Receipt | None]:
        """Wait for the account's turn and hold it; a receipt when there will be none."""
        account, size = post.chat.account, len(post.picture)
        if self.waiting >= self._config.queue or self._bytes + size > self._config.queue_mb * _MIB:
            line_s = self._waiting[account] * (limits.spacing_s + limits.jitter_s / 2)
            yield Receipt("later", "busy", after=self._now() + timedelta(seconds=max(line_s, 1)))
            return
        self._waiting[account] += 1
        self._bytes += size
        try:
            async with self._first[account]:
                gap_s = limits.spacing_s + self._rng.uniform(0, limits.jitter_s)
                at = await self._book.reserve(account, limits, gap_s)
                if isinstance(at, Receipt):
                    yield at
                    return
                # The one before may have begun late, and taken long.
                last = self._last.get(account)
                if last is not None and last <= self._now():
                    at = max(at, last + timedelta(seconds=limits.spacing_s))
                if (left_s := (at - self._now()).total_seconds()) > 0:
                    await self._sleep(left_s)
                try:
                    yield None
                finally:
                    self._last[account] = self._now()
        finally:
            self._waiting[account] -= 1
            self._bytes -= size
