"""Databases, Redis and real data that tests may ask for; each test gets its own and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError

from store.cache import Cache, MemoryCache
from store.redis_cache import RedisCache, open_redis
from tests.databases import (
    database_url,
    empty_database_url,
    postgres_url,
    sessions,
    sqlite_template,
    sqlite_url,
    unreachable,
    used_database_url,
    used_postgres_url,
    used_sqlite_url,
)

REDIS = os.environ.get("GONGKAO_TEST_REDIS", "redis://127.0.0.1:6379/9")
__all__ = [
    "database_url",
    "empty_database_url",
    "postgres_url",
    "sessions",
    "sqlite_template",
    "sqlite_url",
    "used_database_url",
    "used_postgres_url",
    "used_sqlite_url",
]


@pytest.fixture
async def redis_url() -> str:
    """URL of a reachable Redis; shared, so keys go under ``redis_prefix``."""
    client = Redis.from_url(REDIS, socket_connect_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        unreachable("Redis", error)
    finally:
        await client.aclose()
    return REDIS


@pytest.fixture
async def redis_prefix(redis_url: str) -> AsyncIterator[str]:
    """A key prefix of this test alone; its keys are deleted afterwards."""
    prefix = f"gk_{uuid4().hex}:"
    yield prefix
    async with Redis.from_url(redis_url) as client:
        async for key in client.scan_iter(match=f"{prefix}*"):
            await client.delete(key)


@pytest.fixture
def memory_cache() -> MemoryCache:
    return MemoryCache()


@pytest.fixture
async def redis_cache(redis_url: str, redis_prefix: str) -> AsyncIterator[RedisCache]:
    client = open_redis(SecretStr(redis_url))
    yield RedisCache(client, prefix=redis_prefix)
    await client.aclose()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def cache(request: pytest.FixtureRequest) -> Cache:
    return request.getfixturevalue(f"{request.param}_cache")


@pytest.fixture
def real_data() -> Path:
    """Folder of real question files, from ``GONGKAO_REAL_DATA``."""
    folder = os.environ.get("GONGKAO_REAL_DATA")
    if not folder:
        pytest.skip("GONGKAO_REAL_DATA is not set")
    return Path(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole rounds first, as their own limits say: at the end one of them would keep a single process for minutes."""
    items.sort(key=lambda item: -max((mark.args[0] for mark in item.iter_markers("timeout")), default=0))
