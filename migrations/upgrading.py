"""Running revisions, one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations import HEAD, UnknownRevision, read_revision
from migrations.exclusive import exclusively


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
