"""What the gate leaves of a round: the card as text and picture, and a record that is small enough to keep for ever."""

from __future__ import annotations

from pathlib import Path

import pytest
from typst import TypstError

from store import rounds
from store.db import Sessions
from tests.rounds import steps_of
from tests.training.rounds.conftest import runner_of
from training.evaluation.comparing import Regression
from training.gate.verdict import Line, SetFigures, Verdict
from training.rounds import card
from training.rounds.policy import RoundPolicy
from training.rounds.step import Job

LOST = Regression("near", "容易混的题", "历史", "题干\n" * 400, "甲", "甲，" * 200, "乙，" * 200, "")
VERDICT = Verdict(
    "new",
    "old",
    (Line("near", "容易混的题", False, "降多了。"),),
    (LOST,) * 10,
    37,
    (SetFigures("near", "容易混的题", 500, 0.74, 0.7, 0.78, 0.79, -0.05, -0.07, -0.03),),
)


@pytest.fixture
async def job(policy: RoundPolicy, sessions: Sessions, home: Path) -> Job:
    """Of a round that has done its steps up to the training."""
    await policy.start("qq:1", "第一次", {})
    async with sessions.begin() as session:
        session.add_all(steps_of(1))
    _, job = runner_of(sessions, home, 1, [])
    job.folder.create()
    return job


async def test_the_card_lies_in_the_folder_as_text_and_picture(job: Job):
    assert await card.write(job, VERDICT) == ["card.md", "card.png"]
    text = job.folder.card.read_text(encoding="utf-8")
    assert "没过门槛，不会上线。" in text
    assert "12,043 题" in text
    assert "| 容易混的题 | 500 | 79.0% | 74.0% | −5.0（−7.0 到 −3.0） |" in text
    assert (job.folder.path / "card.png").read_bytes().startswith(b"\x89PNG")


async def test_a_picture_that_cannot_be_drawn_is_left_out(job: Job, monkeypatch: pytest.MonkeyPatch):
    def broken(facts: object) -> bytes:
        raise TypstError("no such font")

    monkeypatch.setattr(card, "card", broken)
    assert await card.write(job, VERDICT) == ["card.md"]
    assert not list(job.folder.path.glob("*.png*"))


async def test_the_record_holds_ten_cut_regressions_and_figures_by_set(sessions: Sessions, job: Job):
    told = VERDICT.as_json()
    assert len(told["worst"]) == 10
    assert all(len(text) <= 240 for one in told["worst"] for text in one.values())
    assert told["sets"][0]["difference_low"] == -0.07
    async with sessions.begin() as session:
        await rounds.finish_step(session, 1, "gate", seconds=1, record={"figures": told})
    async with sessions() as session:
        [kept] = [step for step in await rounds.steps(session, 1) if step.name == "gate"]
    assert kept.record["figures"] == told
