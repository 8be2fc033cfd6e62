"""A build that is killed at any moment leaves nothing that stops the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import psutil
import pytest

from migrations import ensure_schema
from store import datasets, splits
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.training import rows
from training.datasets import building, versions
from training.datasets.settings import DatasetSettings

pytestmark = pytest.mark.slow

DAY = date(2026, 4, 1)
# Stops for good at the given call, so that the kill hits that moment.
PROGRAM = """
import sys, time
from training.datasets import building, folders, intake
from store import splits
def hang(*given, **more):
    print("now", flush=True)
    time.sleep(60)
moment = sys.argv[1]
if moment == "reading":
    intake.take = hang
elif moment == "checking":
    building.find_leaks = hang
elif moment == "publishing":
    folders._sync = hang
else:
    splits.record = hang
from training.__main__ import app
app(["dataset", "build", "--day", "2026-04-01"])
"""


@pytest.mark.parametrize("moment", ["reading", "checking", "publishing", "registering"])
async def test_after_a_kill_the_next_build_is_as_if_nothing_had_been(
    sqlite_url: str, tmp_path: Path, moment: str
) -> None:
    await ensure_schema(sqlite_url, StoreConfig())
    engine = open_engine(sqlite_url, StoreConfig())
    sessions = open_sessions(engine)
    await rows.fill(sessions, count=30)
    undisturbed = await building.build(sessions, tmp_path / "other", DatasetSettings(), day=DAY)
    await engine.dispose()
    (tmp_path / "gongkao.db").unlink()
    await ensure_schema(sqlite_url, StoreConfig())
    await rows.fill(sessions, count=30)

    (tmp_path / "bot.toml").write_text(
        '[store]\ndatabase = "gongkao.db"\n[training.dataset]\nfolder = "sets"\n', encoding="utf-8"
    )
    environment = os.environ | {"GONGKAO_CONFIG": str(tmp_path / "bot.toml")}
    _kill_at(moment, environment)
    async with sessions() as session:
        assert list(await datasets.versions(session)) == []
        assert await splits.places(session) == []
    assert (tmp_path / "sets" / "v0001").exists() == (moment == "registering")
    built = await building.build(sessions, tmp_path / "sets", DatasetSettings(), day=DAY)
    assert (built.name, built.sha256, built.fresh) == ("v0001", undisturbed.sha256, True)
    assert (built.set_aside is not None) == (moment == "registering")
    await versions.check(await versions.find(sessions, tmp_path / "sets", "v0001"))
    await engine.dispose()


def _kill_at(moment: str, environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, moment], env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "now\n"
        child.send_signal(signal.SIGKILL)


def test_workers_do_not_outlive_a_killed_parent() -> None:
    program = """
import asyncio, time
from training.datasets.workers import Workers
async def main():
    with Workers(2) as workers:
        async for made in workers.each(abs, [1, 2, 3]):
            print(made, flush=True)
        time.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""
    path = Path(__file__).parent  # any folder that exists
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=path.parent.parent
    ) as child:
        assert child.stdout is not None
        assert [child.stdout.readline() for _ in range(3)] == ["1\n", "2\n", "3\n"]
        workers = psutil.Process(child.pid).children(recursive=True)
        assert workers
        child.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers):
        assert time.monotonic() < deadline, "a worker waits for ever"
        time.sleep(0.05)
