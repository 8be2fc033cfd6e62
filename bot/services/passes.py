"""A superuser's browser: a code from the chat, typed on the page, makes it his for some hours.

Codes and passes live in the cache alone, and only their digests do: what is lost there is asked for again.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from bot.config import BotConfig
from settings import is_loopback
from store.cache import Cache, CacheUnavailable

ONLY_PRIVATE = "私聊我发 /网页。"
NO_CODE = "现在发不了验证码，稍后再试。"
CODE_MINUTES = 10
PASS_S = 12 * 3600
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, O, 1, I and L, which look alike."""
_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Pass:
    """That a browser is a superuser's."""

    member_id: str
    key: str
    """A name for what the cache keeps of this pass; of no use to get in."""


class Passes:
    def __init__(self, cache: Cache, is_superuser: Callable[[str], bool]) -> None:
        """*is_superuser* is asked of a member id each time a pass is shown."""
        self._cache = cache
        self._is_superuser = is_superuser

    async def code(self, member_id: str) -> str:
        """A code for the superuser, good once and for ten minutes.

        Raises:
            CacheUnavailable: there is no place to keep it.
        """
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        await self._cache.set(await _code_key(code), member_id, ttl_s=CODE_MINUTES * 60)
        return code

    async def redeem(self, typed: str, session: str) -> str | None:
        """A secret that makes *session* the superuser's who was given the code; ``None`` for a wrong or used one.

        Case, width, blanks and dashes do not matter.

        Raises:
            CacheUnavailable: nobody can tell.
        """
        code = "".join(one for one in unicodedata.normalize("NFKC", typed).upper() if one.isalnum())
        if len(code) != _LENGTH:
            return None
        key = await _code_key(code)
        member_id = await self._cache.get(key)
        # Of two who type it at one moment, in whatever process, one is the first.
        if member_id is None or not await self._cache.add(f"{key}:used", "1", ttl_s=CODE_MINUTES * 60):
            return None
        await self._cache.delete(key)
        token = secrets.token_hex(32)
        await self._cache.set(_pass_key(session, token), member_id, ttl_s=PASS_S)
        return token

    async def find(self, session: str, token: str) -> Pass | None:
        """The pass of *session* with the secret *token*; ``None`` once it is over or its holder no superuser."""
        key = _pass_key(session, token)
        try:
            member_id = await self._cache.get(key) if token else None
        except CacheUnavailable:
            return None
        return Pass(member_id, key) if member_id is not None and self._is_superuser(member_id) else None

    async def end(self, found: Pass) -> None:
        """Let the browser be nobody's.

        Raises:
            CacheUnavailable: it still is the superuser's.
        """
        await self._cache.delete(found.key)


def invitation(code: str, config: BotConfig) -> str:
    """The code, and where to type it."""
    return f"验证码 {code}，{CODE_MINUTES} 分钟内有效，只能用一次。\n{_whereto(config)}，把它填进去。"


def _whereto(config: BotConfig) -> str:
    if config.web_url:
        return f"打开 {config.web_url.rstrip('/')}/rounds"
    if is_loopback(config.host):
        return f"在运行机器人的那台机器上打开 http://{_netloc(config.host)}:{config.port}/rounds"
    if config.host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return f"打开 http://运行机器人的那台机器:{config.port}/rounds"
    return f"打开 http://{_netloc(config.host)}:{config.port}/rounds"


def _netloc(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host


async def _code_key(code: str) -> str:
    # Forty bits: whoever reads the cache could undo a quick digest within the ten minutes, not this one.
    digest = await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=b"gongkao web code", n=2**14, r=8, p=1)
    return f"web:code:{digest.hex()}"


def _pass_key(session: str, token: str) -> str:
    return f"web:pass:{hashlib.sha256(f'{session} {token}'.encode()).hexdigest()}"
