"""What the confidences of a round's model mean, as files in its folder: for the bot, and as a picture for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loguru import logger
from typst import TypstError

from paper.rounds.reliability import reliability
from training.evaluation.calibrating import Calibrated, calibrate
from training.rounds.folder import write_whole
from training.rounds.step import Job

FIGURES = "calibration"
"""Key of the figures in the record of the step."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was left in the folder; nothing where the server told no confidences."""

    files: list[Path] = field(default_factory=list[Path])
    figures: dict[str, Any] = field(default_factory=dict[str, Any])


def write(job: Job, evaluation: Path) -> Written:
    """Learn from the held-out answers of the finished report in the folder *evaluation*.

    Raises:
        NoReport: see :mod:`training.evaluation.errors`.
    """
    folder = job.folder
    for stale in (folder.calibration, folder.reliability):
        stale.unlink(missing_ok=True)
    found = calibrate(evaluation, job.config.rounds.right_percent / 100)
    if found is None:
        return Written()
    write_whole(folder.calibration, found.calibration.model_dump_json(indent=1) + "\n")
    _draw(job, found)
    # Without the picture the step would stay undone for ever where it cannot be drawn.
    return Written([folder.calibration], {FIGURES: found.figures()})


def _draw(job: Job, found: Calibrated) -> None:
    """Hours of training do not fail for a picture that cannot be drawn: then there is none."""
    picture = job.folder.reliability
    draft = picture.with_name(f".{picture.name}.new")
    try:
        draft.write_bytes(reliability(f"第 {job.number} 轮", found.figures()))
        draft.replace(picture)
    except (TypstError, OSError) as error:
        logger.warning("no picture of the confidences of round {}: {}", job.number, error)
