"""Opening the database: one engine and session factory per process."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from store.config import StoreConfig

Sessions = async_sessionmaker[AsyncSession]
_ASKING = 0x676B5F726E64
"""Of PostgreSQL's advisory locks; any number that nobody else takes."""


def open_engine(url: str, config: StoreConfig) -> AsyncEngine:
    """An engine for *url* (``sqlite+aiosqlite`` or ``postgresql+asyncpg``); nothing connects yet.

    A SQLite file gets its folder, write-ahead logging (readers never wait for
    the writer), foreign keys and a 10 s wait for other processes' locks.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_size=config.pool_size, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={config.sqlite_synchronous}",
            "foreign_keys=ON",
            "busy_timeout=10000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def open_sessions(engine: AsyncEngine) -> Sessions:
    """Sessions that keep their objects readable after commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


def writers_turn(sessions: Sessions) -> AbstractAsyncContextManager[Any]:
    """Held by whoever writes often, in this process.

    SQLite's writers wait for each other by sleeping, the unlucky ones for long; in a queue of our own nobody does.
    PostgreSQL's write side by side.
    """
    return asyncio.Lock() if sessions.kw["bind"].dialect.name == "sqlite" else nullcontext()


async def alone(session: AsyncSession) -> None:
    """Nobody else asks for a round or a release until the transaction ends: call it before anything is read."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_ASKING)))
    else:
        # SQLite has one writer; a write that changes nothing makes it us.
        await session.execute(text("UPDATE training_round SET note = '' WHERE id = -1"))
