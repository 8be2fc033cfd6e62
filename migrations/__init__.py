"""The chain of database revisions over ``store.models``, and bringing a database up to its end."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from store.config import StoreConfig
from store.db import open_engine

HEAD = "0016"
"""Newest revision; known here so that an up-to-date database never loads Alembic (0.2 s)."""


class UnknownRevision(Exception):
    """A newer version of the program wrote this database; the message is Chinese and says what to do."""


async def ensure_schema(url: str, config: StoreConfig) -> bool:
    """Bring the database at *url* to :data:`HEAD`; True when this call changed it.

    Safe to call from several starting processes: one migrates, the others wait
    for it. A failed migration leaves the database as it was.

    Raises:
        UnknownRevision: the database is newer than this program.
    """
    engine = open_engine(url, config)
    try:
        current = await revision(engine)
        if current == HEAD:
            return False
        if current is None:
            from migrations.creating import create

            if await create(engine):
                return True
        # Alembic takes longer to import than everything else at start-up.
        from migrations.upgrading import upgrade

        return await upgrade(engine)
    finally:
        await engine.dispose()


async def revision(engine: AsyncEngine) -> str | None:
    """The revision the database is at; ``None`` when no migration ever ran."""
    async with engine.connect() as connection:
        return await connection.run_sync(read_revision)


def read_revision(connection: Connection) -> str | None:
    """:func:`revision` on a connection that is already open."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
