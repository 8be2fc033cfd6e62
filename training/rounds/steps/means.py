"""What the three steps that run XTuner share."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from contextlib import contextmanager

from inference.chat_template import ChatFormat, family_of
from training.rounds import tools
from training.rounds.errors import StepFailed
from training.rounds.step import Job
from training.xtuner.errors import XtunerError
from training.xtuner.running import Ended
from training.xtuner.steps import Means

_FREE_GB = 2.0


@contextmanager
def means(job: Job, step: str) -> Generator[Means]:
    """What to run a step with; its failures become the round's.

    Raises:
        StepFailed: the disk is too full, the environment is missing, or XTuner failed.
    """
    free_gb = shutil.disk_usage(job.folder.path).free / 1e9
    if free_gb < _FREE_GB:
        raise StepFailed(f"磁盘只剩 {free_gb:.1f} GB，先清出空间；gongkao train gc 可以删旧轮次。")
    try:
        yield Means(
            tools.trainer(job.config, job.home),
            job.config.xtuner,
            job.folder.log(step),
            job.folder.path / "scratch",
            job.stop,
            env=tools.device_env(job.config),
        )
    except XtunerError as error:
        raise StepFailed(str(error)) from error


def figures(ended: Ended) -> dict[str, int | float]:
    """What a record keeps of a command."""
    return {"peak_mb": ended.peak_mb, "peak_gpu_mb": ended.peak_gpu_mb, "exit": ended.exit_code}


def chat_of(job: Job) -> ChatFormat:
    """The chat format of the round's base."""
    return family_of(json.loads((job.base / "config.json").read_text(encoding="utf-8")))
