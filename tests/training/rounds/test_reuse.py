"""A round that came to nothing leaves its training set to the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import rounds
from store.db import Sessions
from store.models import now
from tests.training import rows
from tests.training.rounds.conftest import claimed, config, runner_of
from training.config import TrainingConfig
from training.rounds.errors import StepFailed
from training.rounds.policy import RoundPolicy
from training.rounds.steps import dataset


async def learnt(sessions: Sessions, home: Path, number: int, settings: TrainingConfig) -> None:
    """What the dataset step does for a round with these settings."""
    await RoundPolicy(sessions, settings, home).start("qq:1", "", {})
    assert await claimed(sessions) is not None
    _, job = runner_of(sessions, home, number, [])
    object.__setattr__(job, "config", settings)
    job.folder.create()
    await dataset.STEP.run(job)


async def ended(sessions: Sessions, number: int, status: str, *, promoted: bool = False) -> None:
    async with sessions.begin() as session:
        row = await rounds.lock(session, number)
        assert row is not None
        row.status = status
        row.promoted_at = now() if promoted else None


@pytest.mark.parametrize(("status", "promoted"), [("ready", False), ("ready", True), ("rejected", True)])
async def test_what_was_learnt_is_learnt(sessions: Sessions, home: Path, status: str, promoted: bool):
    await rows.fill(sessions)
    await learnt(sessions, home, 1, config())
    await ended(sessions, 1, status, promoted=promoted)
    with pytest.raises(StepFailed, match="第 1 轮已经用过了"):
        await learnt(sessions, home, 2, config(servers=1))


async def test_a_rejected_round_is_tried_again_in_another_way_only(sessions: Sessions, home: Path):
    await rows.fill(sessions)
    await learnt(sessions, home, 1, config())
    await ended(sessions, 1, "rejected")
    with pytest.raises(StepFailed, match="题、底座、设置都一样"):
        await learnt(sessions, home, 2, config())
    await ended(sessions, 2, "failed")
    await learnt(sessions, home, 3, config(servers=1))
    async with sessions() as session:
        row = await rounds.get(session, 3)
    assert row is not None
    assert row.dataset == "v0001"
