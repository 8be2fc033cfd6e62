"""Databases for tests: migrated ones are made once a process and emptied between tests, for a fresh one of PostgreSQL
costs most of a second. Empty ones are made and dropped for each test that asks for them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import insert, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations import ensure_schema
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import BankVersion, Base

POSTGRES = os.environ.get("GONGKAO_TEST_POSTGRES", "postgresql+asyncpg://root@127.0.0.1:5432/test")
_CONFIG = StoreConfig(sqlite_synchronous="normal")


def unreachable(what: str, error: Exception) -> NoReturn:
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
    async with _postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database: once SQLite, once PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows of ours."""
    path = tmp_path_factory.mktemp("template") / "gongkao.db"
    asyncio.run(ensure_schema(f"sqlite+aiosqlite:///{path}", _CONFIG))
    return path


@pytest.fixture
def used_sqlite_url(sqlite_template: Path, sqlite_url: str) -> str:
    """A copy of it."""
    shutil.copyfile(sqlite_template, str(make_url(sqlite_url).database))
    return sqlite_url


@pytest.fixture(scope="session")
def used_postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database of this process."""
    with asyncio.Runner() as runner:
        made = _postgres()
        url = runner.run(made.__aenter__())
        runner.run(ensure_schema(url, _CONFIG))
        yield url
        runner.run(made.__aexit__(None, None, None))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def used_database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated database that may hold what a test before this one left."""
    return request.getfixturevalue(f"used_{request.param}_url")


@pytest.fixture
async def database_url(used_database_url: str) -> str:
    """URL of a migrated database without rows of ours: once SQLite, once PostgreSQL."""
    if used_database_url.startswith("postgresql"):
        engine = open_engine(used_database_url, _CONFIG)
        async with engine.begin() as connection:
            await _hang_up(connection)
            await _empty(connection)
        await engine.dispose()
    return used_database_url


@asynccontextmanager
async def _postgres() -> AsyncIterator[str]:
    server = make_url(POSTGRES)
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"gk_{uuid4().hex}"
    try:
        admin = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        unreachable("PostgreSQL", error)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        yield server.set(database=name).render_as_string(hide_password=False)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


async def _hang_up(connection: AsyncConnection) -> None:
    """End what the test before left connected: it may hold locks."""
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({others}) AS other"))


async def _empty(connection: AsyncConnection) -> None:
    """Delete what the test before left; only tables that hold something are touched."""
    names = [table.name for table in Base.metadata.sorted_tables]
    counted = " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in names)
    used = [row[0] for row in await connection.execute(text(counted))]
    if used:
        listed = ", ".join(f'"{name}"' for name in used)
        await connection.execute(text(f"TRUNCATE {listed} CASCADE"))
    # A rolled back row has taken a number, too.
    await connection.execute(text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"))
    await connection.execute(insert(BankVersion).values(id=1, version=0))


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Sessions on a migrated database: once SQLite, once PostgreSQL."""
    engine = open_engine(database_url, _CONFIG)
    yield open_sessions(engine)
    await engine.dispose()
