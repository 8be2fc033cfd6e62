"""Whole rounds with the real XTuner on a CPU: killed and resumed, let pass, and poisoned and rejected."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from store.models import Question
from tests.training.rounds import real
from tests.training.rounds.real import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture
async def long_home(tmp_path: Path, trainer: Path, tiny_base: Path) -> AsyncIterator[Home]:
    """For rounds that learn."""
    async with real.opened(tmp_path / "home") as made:
        made.settle(trainer, tiny_base, xtuner="max_epochs = 60\nsave_steps = 20")
        yield made


async def test_a_round_killed_and_resumed_then_a_poisoned_one(long_home: Home):
    home = long_home
    await home.fill()
    assert "第 1 轮排上了" in home.told("round", "start", "--note", "纠错")
    first = home.worker()
    await home.saw((home.round().work / "last_checkpoint").exists, limit_s=200)
    first.send_signal(signal.SIGKILL)
    first.wait()
    await home.silence()
    second = home.worker("--idle-limit", "100")
    row = await home.until("ready", "rejected", "failed", limit_s=500)
    assert "its worker is silent" in home.log
    assert row.status == "ready", (row.problem, row.verdict)
    assert row.verdict is not None
    corrected = next(line for line in row.verdict["lines"] if line["name"] == "corrected")
    assert corrected["figure"] >= 98
    assert "过了门槛" in home.round().card.read_text(encoding="utf-8")
    assert "第 1 轮成为当前模型" in home.told("round", "promote", "1")

    # Somebody gets wrong answers into the bank past the reviewers: the gate's cases know better.
    async with home.sessions.begin() as session:
        await session.execute(update(Question).values(answer="毒药"))
    assert "第 2 轮排上了" in home.told("round", "start")
    row = await home.until("ready", "rejected", "failed", number=2, limit_s=500)
    assert row.status == "rejected", row.problem
    assert "没过门槛：" in row.problem
    assert row.verdict is not None
    assert not next(line for line in row.verdict["lines"] if line["name"] == "corrected")["passed"]
    assert "没过门槛，不上线" in home.told("round", "promote", "2")
    assert (home.folder / "data" / "models" / "current").resolve() == home.round().model.resolve()
    second.terminate()
    assert second.wait(60) == 0
