"""What a round leaves of its model's confidences: a file for the bot, a picture, figures for the record."""

from __future__ import annotations

from pathlib import Path

import pytest
from typst import TypstError

from inference.calibration import read
from store.db import Sessions
from tests.training.evaluation import version
from tests.training.evaluation.served import Served
from tests.training.evaluation.test_calibrating import HOLDOUT, answer, probability
from tests.training.rounds.conftest import runner_of
from training.evaluation.running import Candidate, evaluate
from training.evaluation.sets import read_sets
from training.rounds import calibration
from training.rounds.step import Job


@pytest.fixture
def job(sessions: Sessions, home: Path) -> Job:
    _, job = runner_of(sessions, home, 1, [])
    job.folder.create()
    return job


async def evaluated(job: Job, *, told: bool = True) -> Path:
    """Of a model that is wrong where it is less sure."""
    out = job.folder.evaluation / "candidate"
    sets = read_sets(version.write(job.home / "v1", holdout=HOLDOUT))
    async with Served(answer) as server:
        server.probability = probability if told else None
        await evaluate(Candidate((server.url,), family="qwen"), sets, out, dataset="v1")
    return out


async def test_file_picture_and_figures_are_of_the_held_out_answers(job: Job):
    written = calibration.write(job, await evaluated(job))
    assert written.files == [job.folder.path / "calibration.json"]
    assert (job.folder.path / "reliability.png").read_bytes().startswith(b"\x89PNG")
    made = read(job.folder.calibration)
    assert made is not None
    assert made.answers == 80
    assert made.apply(0.7) < 0.1
    told = written.figures["calibration"]
    assert (told["target"], told["answered"], told["right"]) == (0.8, 0.75, 1)
    assert told["error_after"] < told["error_before"]
    assert made.cut == pytest.approx(told["cut"], abs=1e-4)


async def test_nothing_is_left_where_no_confidence_was_told(job: Job):
    job.folder.calibration.write_text("of an earlier try", encoding="utf-8")
    written = calibration.write(job, await evaluated(job, told=False))
    assert (written.files, written.figures) == ([], {})
    assert not job.folder.calibration.exists()


async def test_a_picture_that_cannot_be_drawn_is_left_out(job: Job, monkeypatch: pytest.MonkeyPatch):
    def broken(title: str, figures: object) -> bytes:
        raise TypstError("no such font")

    monkeypatch.setattr(calibration, "reliability", broken)
    written = calibration.write(job, await evaluated(job))
    assert written.files == [job.folder.calibration]
    assert not list(job.folder.path.glob("*.png*"))
