"""What may be lost: counters, cooldowns, marks and locks, in Redis or in this process.

Nothing here is truth. A caller that meets :class:`CacheUnavailable` goes on
without the cache.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from pydantic import SecretStr


class CacheUnavailable(Exception):
    """Redis does not answer; go on without the cache."""


class Cache(Protocol):
    """Text values under text keys, each with a time to live in seconds."""

    async def get(self, key: str) -> str | None:
        """The value, or ``None`` when it was never set, is over or was lost."""
        ...

    async def set(self, key: str, value: str, *, ttl_s: float) -> None: ...

    async def add(self, key: str, value: str, *, ttl_s: float) -> bool:
        """Set unless something is there; True when this call set it."""
        ...

    async def delete(self, key: str) -> None: ...

    async def incr(self, key: str, *, ttl_s: float) -> int:
        """Count one more and return the count; the first one starts the time to live, later ones keep it."""
        ...

    def lock(self, name: str, *, ttl_s: float) -> AbstractAsyncContextManager[bool]:
        """True inside the block when the lock was free and is now ours, False when somebody has it.

        Never waits. The lock is given back when the block ends, unless it has
        expired after *ttl_s* and is another's by then.
        """
        ...


class MemoryCache:
    """A cache of this process alone, the same calls without Redis.

    Past *max_entries* the entry unused for longest is forgotten, even a lock:
    keep the bound far above what is in use at a time.
    """

    def __init__(self, *, max_entries: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._max_entries = max_entries
        self._clock = clock

    async def get(self, key: str) -> str | None:
        entry = self._entry(key)
        return entry[0] if entry else None

    async def set(self, key: str, value: str, *, ttl_s: float) -> None:
        self._put(key, value, self._clock() + whole_ms(ttl_s) / 1000)

    async def add(self, key: str, value: str, *, ttl_s: float) -> bool:
        if self._entry(key):
            return False
        await self.set(key, value, ttl_s=ttl_s)
        return True

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)

    async def incr(self, key: str, *, ttl_s: float) -> int:
        value, expires = self._entry(key) or ("0", self._clock() + whole_ms(ttl_s) / 1000)
        count = int(value) + 1
        self._put(key, str(count), expires)
        return count

    @asynccontextmanager
    async def lock(self, name: str, *, ttl_s: float) -> AsyncGenerator[bool]:
        key, token = f"lock:{name}", secrets.token_hex(16)
        mine = await self.add(key, token, ttl_s=ttl_s)
        try:
            yield mine
        finally:
            entry = self._entry(key)
            if mine and entry and entry[0] == token:
                del self._entries[key]

    def _entry(self, key: str) -> tuple[str, float] | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[1] <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry

    def _put(self, key: str, value: str, expires: float) -> None:
        self._entries[key] = (value, expires)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)


@asynccontextmanager
async def open_cache(url: SecretStr | None) -> AsyncGenerator[Cache]:
    """The cache at *url* (``redis://``, ``rediss://`` or ``unix://``), or one in this process for ``None``.

    Nothing connects yet: a Redis that is away shows at the first call, and one
    that comes back is used again.

    Raises:
        SettingsError: *url* is not a Redis URL; the message does not repeat it.
    """
    if url is None:
        yield MemoryCache()
        return
    # The Redis client is 60 ms of imports and 5 MB that most bots never use.
    from store.redis_cache import RedisCache, open_redis

    client = open_redis(url)
    try:
        yield RedisCache(client)
    finally:
        await client.aclose()


def whole_ms(ttl_s: float) -> int:
    """A time to live in milliseconds, at least one: Redis refuses none at all."""
    return max(1, round(ttl_s * 1000))
