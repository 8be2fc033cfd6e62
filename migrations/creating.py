"""An empty database gets today's tables at once; only old ones walk through the revisions."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations import HEAD
from migrations.exclusive import exclusively
from store.models import Base


async def create(engine: AsyncEngine) -> bool:
    """Make every table and note the newest revision; False when the database was not empty after all.

    Half as long as running the revisions, and without loading Alembic; a test
    holds that both ways give the same tables.
    """
    async with exclusively(engine) as connection:
        # Another starter may have been first while this one waited.
        return await connection.run_sync(_create)


def _create(connection: Connection) -> bool:
    if inspect(connection).get_table_names():
        return False
    Base.metadata.create_all(connection)
    # As Alembic makes it, so that later revisions find their place.
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
            " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})
    return True
