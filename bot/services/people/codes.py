"""Codes that say that two accounts are one person's; only their digests are kept, in the cache that processes share."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata

from store.cache import Cache

MINUTES = 10
LENGTH = 6
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L, which look alike."""
_TRIES = 5
"""Wrong codes of one account in ten minutes: of a thousand million nobody guesses one."""


class TriedTooOften(Exception):
    """The account has typed too many wrong codes."""


class Codes:
    """Every call may raise :class:`~store.cache.CacheUnavailable`: then no codes are given or taken."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def give(self, account: str) -> str:
        """A code of *account*, good once and for ten minutes; the one before is good no more."""
        code = "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))
        key, place = await _key(code), f"bind:of:{account}"
        if before := await self._cache.get(place):
            await self._cache.delete(before)
        await self._cache.set(key, account, ttl_s=MINUTES * 60)
        await self._cache.set(place, key, ttl_s=MINUTES * 60)
        return code

    async def owner(self, typed: str, *, by: str) -> str | None:
        """Whose code it is, which stays good; ``None`` for a wrong or used one.

        Raises:
            TriedTooOften: *by* has typed too many wrong ones.
        """
        key, wrong = await _key(typed), f"bind:wrong:{by}"
        if int(await self._cache.get(wrong) or 0) >= _TRIES:
            raise TriedTooOften
        owner = await self._cache.get(key) if key else None
        if owner is None:
            await self._cache.incr(wrong, ttl_s=MINUTES * 60)
        return owner

    async def use(self, typed: str) -> bool:
        """Make the code good no more; whether this call did it: of two, in whatever process, one is the first."""
        key = await _key(typed)
        first = bool(key) and await self._cache.add(f"{key}:used", "1", ttl_s=MINUTES * 60)
        if key:
            await self._cache.delete(key)
        return first


async def _key(typed: str) -> str:
    """Where the cache keeps the code; empty for what cannot be one. Case, width, blanks and dashes do not matter."""
    code = "".join(one for one in unicodedata.normalize("NFKC", typed).upper() if one.isalnum())
    if len(code) != LENGTH or not set(code) <= set(_LETTERS):
        return ""
    # Thirty bits: whoever reads the cache would undo a quick digest at once, this one not while the code lives.
    digest = await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=b"gongkao binding", n=2**14, r=8, p=1)
    return f"bind:code:{digest.hex()}"
