"""One process at a time changes the tables."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_LOCK = 0x676F6E676B616F  # any number nobody else locks: "gongkao" in ASCII


class DanglingRows(Exception):
    """A revision is wrong: it would leave rows that point nowhere. The message is Chinese."""


@asynccontextmanager
async def exclusively(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection in a transaction that no other migration runs beside; commits when the block ends well.

    On SQLite foreign keys are not enforced meanwhile, but checked before the commit.

    Raises:
        DanglingRows: a migration left rows that point nowhere; nothing was changed.
    """
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            # Changing a SQLite table drops and rebuilds it; enforced keys would
            # delete the rows of every table that points at it.
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            await connection.rollback()
            try:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                await _check_foreign_keys(connection)
                await connection.commit()
            finally:
                # The pool must not hand out a connection that enforces no keys.
                await connection.invalidate()
    else:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection


async def _check_foreign_keys(connection: AsyncConnection) -> None:
    dangling = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    if dangling:
        tables = "、".join(sorted({str(row[0]) for row in dangling}))
        raise DanglingRows(f"升级数据库后有 {len(dangling)} 行指向不存在的数据（{tables}），已全部撤销。")
