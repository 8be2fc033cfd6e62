"""How a worker ends a round, and what it says of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import rounds
from store.db import Sessions
from store.models import TrainingRound
from tests.training.rounds.conftest import step
from training.rounds.policy import RoundPolicy
from training.rounds.step import Job
from training.rounds.worker import Worker


class One:
    """A worker that does one step, in the middle of which something happens."""

    def __init__(self, sessions: Sessions, home: Path) -> None:
        self.sessions = sessions
        self.said: list[str] = []
        self._worker = Worker(
            sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=[step("one", [], also=self._also)]
        )
        self.happens = ""

    async def _also(self, _: Job) -> None:
        async with self.sessions.begin() as session:
            row = await rounds.lock(session, 1)
            assert row is not None
            row.worker = "another" if self.happens == "taken" else row.worker
            row.cancel_asked = self.happens == "cancelled too"
        if self.happens != "taken":
            self._worker.stop()

    async def run(self, happens: str) -> TrainingRound:
        self.happens = happens
        await self._worker.run(idle_limit_s=0.1, tell=self.said.append)
        async with self.sessions() as session:
            row = await rounds.get(session, 1)
        assert row is not None
        return row


@pytest.fixture
async def one(policy: RoundPolicy, sessions: Sessions, home: Path) -> One:
    await policy.start("qq:1", "", {})
    return One(sessions, home)


async def test_a_round_that_another_has_is_not_said_to_be_ended(one: One):
    row = await one.run("taken")
    assert (row.status, row.worker, row.finished_at) == ("running", "another", None)
    assert one.said == ["第 1 轮开始", "第 1 轮已经由别的进程接手了。"]


async def test_a_stopped_worker_leaves_its_round_to_others(one: One):
    row = await one.run("stopped")
    assert (row.status, row.worker, row.gpu, row.finished_at) == ("queued", None, None, None)
    assert one.said[-1] == "第 1 轮留给别的进程接着做。"


async def test_unless_somebody_wants_it_cancelled(one: One):
    row = await one.run("cancelled too")
    assert (row.status, row.cancel_asked) == ("cancelled", False)
    assert row.finished_at is not None
