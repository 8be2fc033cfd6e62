"""Rounds on a disk that is full: a small file system in memory, which only root may mount."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from store.db import Sessions
from tests.training.rounds.conftest import claimed, runner_of, step
from tests.training.rounds.real import Home, drafts, records
from training.rounds.errors import StepFailed
from training.rounds.policy import RoundPolicy
from training.rounds.step import Job


class Disk:
    """A file system of a size that may change while it is used."""

    def __init__(self, place: Path, size: str) -> None:
        self.place = place
        place.mkdir(parents=True)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], capture_output=True, text=True
        )
        if mounted.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")

    def resize(self, size: str) -> bool:
        command = ["mount", "-o", f"remount,size={size}", str(self.place)]
        return subprocess.run(command, capture_output=True).returncode == 0

    def fill(self) -> None:
        """Leave room for a few pages."""
        deadline = time.monotonic() + 10
        # It cannot become smaller than what is used, and that grows meanwhile.
        while not self.resize(f"{(shutil.disk_usage(self.place).used >> 10) + 64}k"):
            assert time.monotonic() < deadline

    def remove(self) -> None:
        subprocess.run(["umount", "-l", self.place], check=True)


@pytest.fixture
def disk(real_home: Home) -> Iterator[Disk]:
    """Holds all rounds; large enough, and as good as empty."""
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    made = Disk(real_home.folder / "data" / "rounds", "3g")
    yield made
    real_home.end()
    made.remove()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_what_cannot_be_written_is_not_done_and_can_be_resumed(real_home: Home, disk: Disk):
    home, folder = real_home, real_home.round()

    async def full(when: Callable[[], object]) -> None:
        """Of a round under way the disk is full from then on; then there is room again."""
        await home.saw(when)
        disk.fill()
        row = await home.until("ready", "rejected", "failed", "cancelled")
        assert row.status == "failed"
        # In the step that wrote just then, or at the door of the next one.
        assert any(told in row.problem for told in ("磁盘满了。清出空间", "磁盘只剩 0.0 GB，先清出空间"))
        assert "gongkao train gc" in row.problem
        assert drafts(folder) == []
        await home.deserted()
        # Started nevertheless it ends before anything is begun.
        home.told("round", "resume")
        row = await home.until("ready", "rejected", "failed", "cancelled")
        assert "磁盘只剩 0.0 GB" in row.problem
        disk.resize("3g")
        assert "接着做" in home.told("round", "resume")

    await home.fill(12, corrected=4)
    home.told("round", "start")
    worker = home.worker()
    await full(lambda: list(folder.work.glob("*/vis_data/*.json")))
    assert set(records(folder)) == {"dataset", "config"}
    home.ask_less()
    await full((folder.path / "records" / "convert.json").exists)
    assert not folder.model.exists()
    assert set(records(folder)) == {"dataset", "config", "train", "convert"}
    row = await home.until("ready", "rejected", "failed", "cancelled")
    assert row.status in ("ready", "rejected"), row.problem
    assert len(records(folder)) == 7
    worker.terminate()
    assert worker.wait(30) == 0


FULL = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")),
]


@pytest.mark.parametrize("error", FULL, ids=["file", "SQLite"])
async def test_a_full_disk_is_told_whoever_meets_it(
    policy: RoundPolicy, sessions: Sessions, home: Path, error: Exception
):
    async def fill(_: Job) -> None:
        raise error

    await policy.start("qq:1", "", {})
    await claimed(sessions)
    runner, job = runner_of(sessions, home, 1, [step("one", [], also=fill)])
    with pytest.raises(StepFailed, match="磁盘满了"):
        await runner.run()
    assert job.folder.record("one") is None
