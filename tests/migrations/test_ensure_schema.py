"""Starting on any database: empty, up to date, shared with other starters, from the future, broken."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from migrations import HEAD, UnknownRevision, ensure_schema, revision, upgrading
from migrations.exclusive import DanglingRows, exclusively
from store.config import StoreConfig
from store.db import open_engine

CONFIG = StoreConfig()
ROOT = Path(__file__).parents[2]
STARTER = """
import asyncio, sys
from migrations import ensure_schema
from store.config import StoreConfig
changed = asyncio.run(ensure_schema(sys.argv[1], StoreConfig()))
print(changed, any(name.partition(".")[0] == "alembic" for name in sys.modules))
"""


async def _start(url: str, cwd: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, url, cwd=cwd, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode().strip()


async def test_only_the_first_call_changes_the_database(empty_database_url: str):
    assert await ensure_schema(empty_database_url, CONFIG) is True
    assert await ensure_schema(empty_database_url, CONFIG) is False


async def test_empty_and_up_to_date_databases_do_not_load_alembic_and_any_folder_will_do(
    empty_database_url: str, tmp_path: Path
):
    assert await _start(empty_database_url, tmp_path) == "True False"
    assert await _start(empty_database_url, tmp_path) == "False False"


@pytest.mark.slow
async def test_of_starters_at_the_same_time_one_migrates(empty_database_url: str, tmp_path: Path):
    outputs = await asyncio.gather(*(_start(empty_database_url, tmp_path) for _ in range(5)))
    assert [output.split()[0] for output in outputs].count("True") == 1


async def test_concurrent_tasks_of_one_process_are_safe_too(empty_database_url: str):
    changed = await asyncio.gather(*(ensure_schema(empty_database_url, CONFIG) for _ in range(4)))
    assert changed.count(True) == 1


async def test_a_database_of_a_newer_version_is_left_alone(empty_database_url: str):
    await ensure_schema(empty_database_url, CONFIG)
    engine = open_engine(empty_database_url, CONFIG)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnknownRevision, match="9999"):
        await ensure_schema(empty_database_url, CONFIG)
    assert await revision(engine) == "9999"
    await engine.dispose()


async def test_a_failed_migration_leaves_nothing_behind(empty_database_url: str, monkeypatch: pytest.MonkeyPatch):
    def half_done(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (id integer)"))
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))

    engine = open_engine(empty_database_url, CONFIG)
    with monkeypatch.context() as patch:
        patch.setattr(upgrading, "_upgrade", half_done)
        with pytest.raises(DBAPIError):
            await upgrading.upgrade(engine)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE half (id integer)"))
    await engine.dispose()
    assert await ensure_schema(empty_database_url, CONFIG)


async def test_rebuilding_a_sqlite_table_keeps_the_rows_that_point_at_it(sqlite_url: str):
    await ensure_schema(sqlite_url, CONFIG)
    engine = open_engine(sqlite_url, CONFIG)
    async with engine.begin() as connection:
        for statement in (
            "CREATE TABLE parent (id integer primary key)",
            "CREATE TABLE child (id integer primary key, parent_id integer references parent(id) ON DELETE CASCADE)",
            "INSERT INTO parent VALUES (1)",
            "INSERT INTO child VALUES (1, 1)",
        ):
            await connection.execute(text(statement))
    async with exclusively(engine) as connection:
        for statement in (
            "CREATE TABLE rebuilt (id integer primary key, name text)",
            "INSERT INTO rebuilt SELECT id, '' FROM parent",
            "DROP TABLE parent",
            "ALTER TABLE rebuilt RENAME TO parent",
        ):
            await connection.execute(text(statement))
    with pytest.raises(DanglingRows, match="child"):
        async with exclusively(engine) as connection:
            await connection.execute(text("DELETE FROM parent"))
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM child JOIN parent ON parent.id = parent_id")) == 1
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    await engine.dispose()


async def test_the_revision_of_a_fresh_database_is_none_then_head(empty_database_url: str):
    engine = open_engine(empty_database_url, CONFIG)
    assert await revision(engine) is None
    await ensure_schema(empty_database_url, CONFIG)
    assert await revision(engine) == HEAD
    await engine.dispose()
