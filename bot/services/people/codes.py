"""Codes that say that two accounts are one person's; only their digests are kept, in the cache that processes share."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import unicodedata

from store.cache import Cache

MINUTES = 10
LENGTH = 6
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L, which look alike."""
_ALONE = re.compile(rf"(?<![0-9A-Z])[{_LETTERS}]{{{LENGTH}}}(?![0-9A-Z])")
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
        key, place = await _place(code), f"bind:of:{account}"
        if before := await self._cache.get(place):
            await self._cache.delete(before)
        await self._cache.set(key, account, ttl_s=MINUTES * 60)
        await self._cache.set(place, key, ttl_s=MINUTES * 60)
        return code

    async def owner(self, typed: str, *, by: str) -> str | None:
        """Whose code it is, which stays good, for *by* to say yes to; ``None`` for a wrong or used one.

        Raises:
            TriedTooOften: *by* has typed too many wrong ones.
        """
        key, wrong = await _key(typed), f"bind:wrong:{by}"
        if int(await self._cache.get(wrong) or 0) >= _TRIES:
            raise TriedTooOften
        owner = await self._cache.get(key) if key else None
        if owner is None:
            await self._cache.incr(wrong, ttl_s=MINUTES * 60)
        else:
            await self._cache.set(f"bind:typed:{by}", key, ttl_s=MINUTES * 60)
        return owner

    async def take(self, by: str) -> str | None:
        """Whose code *by* typed last, which is good no more; ``None`` for none, or where another was first: of two, in
        whatever process, one is."""
        key = await self._cache.get(f"bind:typed:{by}")
        owner = await self._cache.get(key) if key else None
        return owner if key and owner and await self._end(key) else None

    async def spoil(self, shown: str) -> bool:
        """Make every code in a text that others have seen good no more; whether anything in it looks like one."""
        found = _codes(shown)
        for code in found:
            await self._end(await _place(code))
        return bool(found)

    async def _end(self, key: str) -> bool:
        first = await self._cache.add(f"{key}:used", "1", ttl_s=MINUTES * 60)
        await self._cache.delete(key)
        return first


def _codes(typed: str) -> list[str]:
    """What may be a code in a text, also among other words. Case, width, blanks and dashes do not matter."""
    text = unicodedata.normalize("NFKC", typed).upper()
    whole = "".join(one for one in text if one.isascii() and one.isalnum())
    return list(dict.fromkeys([*_ALONE.findall(whole)[:1], *_ALONE.findall(text)]))


async def _key(typed: str) -> str:
    """Where the cache keeps the code in the text; empty where there is none. One text is one try, whatever is in it."""
    found = _codes(typed)
    return await _place(found[0]) if found else ""


async def _place(code: str) -> str:
    # Thirty bits: whoever reads the cache would undo a quick digest at once, this one not while the code lives.
    digest = await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=b"gongkao binding", n=2**14, r=8, p=1)
    return f"bind:code:{digest.hex()}"
