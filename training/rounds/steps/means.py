"""What the three steps that run XTuner share."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager

from inference.chat_template import ChatFormat
from training.rounds import tools
from training.rounds.errors import StepFailed
from training.rounds.step import Job
from training.xtuner.checking import Base, check_base
from training.xtuner.errors import NotReady, XtunerError
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


def base_of(job: Job) -> Base:
    """The round's base, looked at once more: it may have gone since the round was asked for.

    Raises:
        StepFailed: it cannot be trained.
    """
    try:
        return check_base(job.base, job.config.xtuner, on_cpu=tools.on_cpu(job.config))
    except NotReady as error:
        raise StepFailed(str(error)) from error


def chat_of(job: Job) -> ChatFormat:
    """The chat format of the round's base.

    Raises:
        StepFailed: as :func:`base_of`.
    """
    return base_of(job).chat
