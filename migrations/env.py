"""What Alembic runs around the revisions; on the connection it is handed, or on the configured database."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection

from migrations.exclusive import exclusively
from settings import load
from store.config import StoreConfig, database_url
from store.db import open_engine
from store.models import Base, UtcDateTime


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """New revisions name plain types: they must not change when ``store.models`` does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render_item,
        # SQLite can roll back table changes too, once BEGIN was said.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_on_configured_database() -> None:
    settings = load()
    config = settings.table("store", StoreConfig)
    engine = open_engine(database_url(config, settings.home), config)
    try:
        async with exclusively(engine) as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise CommandError("--sql is not supported: migrations look at the database")
if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    asyncio.run(_run_on_configured_database())
