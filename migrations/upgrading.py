"""Running revisions, one process at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from migrations import HEAD, UnknownRevision, read_revision

_LOCK = 0x676F6E676B616F  # any number nobody else locks: "gongkao" in ASCII


class DanglingRows(Exception):
    """A revision is wrong: it would leave rows that point nowhere. The message is Chinese."""


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings without an ini file; the scripts are found beside this module."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("path_separator", "os")
    # Config interpolates %: a folder's name may have one.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


async def upgrade(engine: AsyncEngine) -> bool:
    """Bring the database to the newest revision in one transaction; True when it was not there.

    Raises:
        UnknownRevision: the database is at a revision that this program does not have.
    """
    async with exclusively(engine) as connection:
        # Another starter may have been first while this one waited.
        if await connection.run_sync(read_revision) == HEAD:
            return False
        await connection.run_sync(_upgrade)
    return True


def _upgrade(connection: Connection) -> None:
    config = alembic_config(connection)
    current = read_revision(connection)
    try:
        ScriptDirectory.from_config(config).get_revision(current or "base")
    except CommandError as error:
        raise UnknownRevision(
            f"数据库是更新的版本建的（{current}），这个版本用不了。请升级程序，或换回备份。"
        ) from error
    command.upgrade(config, "head")


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
