"""Migrated databases that are made once a process and emptied between tests: a fresh one costs most of a second."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import insert, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations import ensure_schema
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import BankVersion, Base
from tests.conftest import POSTGRES, _unreachable

_CONFIG = StoreConfig(sqlite_synchronous="normal")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows of ours."""
    path = tmp_path_factory.mktemp("template") / "gongkao.db"
    asyncio.run(ensure_schema(f"sqlite+aiosqlite:///{path}", _CONFIG))
    return path


@pytest.fixture(scope="session")
def shared_postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database of this process."""
    server = make_url(POSTGRES)
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"gk_{uuid4().hex}"

    async def admin(statement: str) -> None:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    try:
        asyncio.run(admin(f'CREATE DATABASE "{name}"'))
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        _unreachable("PostgreSQL", error)
    url = server.set(database=name).render_as_string(hide_password=False)
    asyncio.run(ensure_schema(url, _CONFIG))
    yield url
    asyncio.run(admin(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def used_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated database that may hold what a test before this one left."""
    if request.param == "sqlite":
        copy = tmp_path / "gongkao.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), copy)
        return f"sqlite+aiosqlite:///{copy}"
    return request.getfixturevalue("shared_postgres_url")


@pytest.fixture
async def database_url(used_database_url: str) -> str:
    """URL of a migrated database without rows of ours: once SQLite, once PostgreSQL."""
    if used_database_url.startswith("postgresql"):
        engine = open_engine(used_database_url, _CONFIG)
        async with engine.begin() as connection:
            await _empty(connection)
        await engine.dispose()
    return used_database_url


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
