"""The cache in Redis, shared by several processes; only loaded when a Redis is configured."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from loguru import logger
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from settings import SettingsError
from store.cache import CacheUnavailable, whole_ms

PREFIX = "gongkao:"
"""Before every key in Redis, which others may use too."""

# Compares and deletes in one step: between two, the lock could expire and change hands.
_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


class RedisCache:
    """A cache that several processes share. Every method may raise :class:`CacheUnavailable`."""

    def __init__(self, client: Redis, *, prefix: str = PREFIX) -> None:
        self._client: Any = client  # redis types its replies as unions of sync and async
        self._prefix = prefix

    async def get(self, key: str) -> str | None:
        with _typed_errors():
            return await self._client.get(self._prefix + key)

    async def set(self, key: str, value: str, *, ttl_s: float) -> None:
        with _typed_errors():
            await self._client.set(self._prefix + key, value, px=whole_ms(ttl_s))

    async def add(self, key: str, value: str, *, ttl_s: float) -> bool:
        with _typed_errors():
            return bool(await self._client.set(self._prefix + key, value, px=whole_ms(ttl_s), nx=True))

    async def delete(self, key: str) -> None:
        with _typed_errors():
            await self._client.delete(self._prefix + key)

    async def incr(self, key: str, *, ttl_s: float) -> int:
        with _typed_errors():
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.set(self._prefix + key, 0, px=whole_ms(ttl_s), nx=True)
                pipe.incr(self._prefix + key)
                return int((await pipe.execute())[1])

    @asynccontextmanager
    async def lock(self, name: str, *, ttl_s: float) -> AsyncGenerator[bool]:
        token = secrets.token_hex(16)
        mine = await self.add(f"lock:{name}", token, ttl_s=ttl_s)
        try:
            yield mine
        finally:
            if mine:
                # With Redis gone the lock ends by itself; the block's own outcome matters more.
                with suppress(CacheUnavailable):
                    await self._unlock(f"lock:{name}", token)

    async def _unlock(self, key: str, token: str) -> None:
        with _typed_errors():
            await self._client.eval(_UNLOCK, 1, self._prefix + key, token)


def open_redis(url: SecretStr) -> Redis:
    """A client that gives up after 2 s instead of making a chat wait; the caller closes it.

    Raises:
        SettingsError: *url* is not a Redis URL.
    """
    try:
        return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - redis leaves its keywords untyped
            url.get_secret_value(),
            decode_responses=True,
            socket_timeout=2,
            socket_connect_timeout=2,
            # A repeated `add` would find its own mark and answer no.
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError as error:
        raise SettingsError("GONGKAO_REDIS_URL 不是 Redis 地址，应当像 redis://127.0.0.1:6379/0") from error


@contextmanager
def _typed_errors() -> Generator[None]:
    # redis raises its own errors for most failures and plain ones for some sockets.
    try:
        yield
    except (TimeoutError, RedisError, OSError) as error:
        logger.debug("Redis failed: {}", type(error).__name__)
        raise CacheUnavailable(type(error).__name__) from error
