"""A database that is away for a while in the middle of a round."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import delete, make_url

from store.db import Sessions
from store.models import RoundStep
from tests.databases import POSTGRES
from tests.training.rounds.conftest import claimed, quick, runner_of, step
from tests.training.rounds.real import Home, records
from training.rounds.policy import RoundPolicy

STEPS = ["config", "convert", "dataset", "evaluate", "gate", "merge", "train"]
LOCKED_S, AWAY_S = 13, 4
"""The first is longer than a connection waits for others' locks."""


@asynccontextmanager
async def away(url: str) -> AsyncIterator[None]:
    """For seconds after the block PostgreSQL, which ended all connections, takes no new one; a SQLite file is locked."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(str(parsed.database), isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            await asyncio.sleep(LOCKED_S)
            connection.execute("ROLLBACK")
        return
    admin = await asyncpg.connect(make_url(POSTGRES).set(drivername="postgresql").render_as_string(False), timeout=5)
    try:
        await admin.execute(f'ALTER DATABASE "{parsed.database}" ALLOW_CONNECTIONS false')
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", parsed.database
        )
        yield
        await asyncio.sleep(AWAY_S)
    finally:
        await admin.execute(f'ALTER DATABASE "{parsed.database}" ALLOW_CONNECTIONS true')
        await admin.close()


@pytest.fixture
async def quick_home(tmp_path: Path, database_url: str) -> AsyncIterator[Home]:
    """Once with SQLite, once with PostgreSQL."""
    async with quick(tmp_path, database_url) as made:
        yield made


@pytest.mark.slow
async def test_a_step_that_ends_meanwhile_is_not_lost(quick_home: Home):
    home, folder = quick_home, quick_home.round()
    await home.fill(12, corrected=4)
    home.told("round", "start")
    folder.path.mkdir(parents=True)
    (folder.path / "hold").touch()
    home.worker()
    await home.saw(folder.log("train").exists)
    async with away(home.url):
        (folder.path / "hold").unlink()
        await home.saw((folder.path / "records" / "train.json").exists)
        done = records(folder)
    row = await home.until("failed", "ready", "rejected", limit_s=60)
    assert row.status == "rejected", row.problem
    assert records(folder)["train"] == done["train"]
    assert sorted(await home.steps()) == STEPS
    assert Path(home.env["STAND_IN_NOTES"]).read_text(encoding="utf-8").count("xtuner.tools.train") == 1
    assert "Traceback" not in home.log


@pytest.mark.slow
async def test_a_round_that_ends_meanwhile_is_not_lost(quick_home: Home):
    """It fails, as nothing trains it: what is told is that, and the worker goes on working."""
    home, folder = quick_home, quick_home.round()
    await home.fill(12, corrected=4)
    home.told("round", "start")
    folder.path.mkdir(parents=True)
    (folder.path / "hold").touch()
    worker = home.worker()
    await home.saw(folder.log("train").exists)
    written = folder.config.read_text(encoding="utf-8")
    folder.config.write_text("# go out of memory\n", encoding="utf-8")
    async with away(home.url):
        (folder.path / "hold").unlink()
    row = await home.until("failed", "ready", "rejected", limit_s=60)
    assert row.status == "failed"
    assert "显存不够" in row.problem
    assert worker.poll() is None
    folder.config.write_text(written, encoding="utf-8")
    assert "接着做" in home.told("round", "resume")
    await home.until("rejected", limit_s=60)
    worker.terminate()
    assert worker.wait(30) == 0


async def test_a_record_that_the_database_lacks_is_told_it_later(policy: RoundPolicy, sessions: Sessions, home: Path):
    """The worker was killed after it wrote the file."""
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    ran: list[str] = []
    steps = [step("one", ran), step("two", ran)]
    await runner_of(sessions, home, 1, steps)[0].run()
    async with sessions.begin() as session:
        await session.execute(delete(RoundStep).where(RoundStep.name == "one"))
    await runner_of(sessions, home, 1, steps)[0].run()
    assert ran == ["one", "two"]
    async with sessions() as session:
        told = await session.get(RoundStep, (1, "one"))
    assert told is not None
    assert told.record["outputs"] == ["one"]
