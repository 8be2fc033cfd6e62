"""Opening the database: one engine and session factory per process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from store.config import StoreConfig

Sessions = async_sessionmaker[AsyncSession]


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
