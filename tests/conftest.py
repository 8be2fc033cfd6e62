"""Databases, Redis and real data that tests may ask for; each test gets its own and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url

from migrations import ensure_schema
from store.cache import Cache, MemoryCache
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.redis_cache import RedisCache, open_redis

POSTGRES = os.environ.get("GONGKAO_TEST_POSTGRES", "postgresql+asyncpg://root@127.0.0.1:5432/test")
REDIS = os.environ.get("GONGKAO_TEST_REDIS", "redis://127.0.0.1:6379/9")


def _unreachable(what: str, error: Exception) -> None:
    """Skip on a developer's machine; in CI a missing server is a broken job, not a reason to test less."""
    reason = f"{what} cannot be reached: {type(error).__name__}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'gongkao.db'}"


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """URL of an empty PostgreSQL database, dropped afterwards."""
    name = f"gk_{uuid4().hex}"
    server = make_url(POSTGRES)
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        admin = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        _unreachable("PostgreSQL", error)
        return
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        yield server.set(database=name).render_as_string(hide_password=False)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database: once SQLite, once PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def database_url(empty_database_url: str) -> str:
    """URL of a migrated database without rows of ours: once SQLite, once PostgreSQL."""
    await ensure_schema(empty_database_url, StoreConfig())
    return empty_database_url


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Sessions on a migrated database: once SQLite, once PostgreSQL."""
    engine = open_engine(database_url, StoreConfig())
    yield open_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def redis_url() -> str:
    """URL of a reachable Redis; shared, so keys go under ``redis_prefix``."""
    client = Redis.from_url(REDIS, socket_connect_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        _unreachable("Redis", error)
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
