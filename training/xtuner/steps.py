"""Training, converting and merging, each from files to files, with every failure told."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from inference.chat_template import ChatFormat, family_of
from inference.serving.model_folder import BadModelFolder
from training.xtuner import commands, failures, progress
from training.xtuner.commands import Command
from training.xtuner.errors import Cancelled, NotReady, StepBroken
from training.xtuner.failures import Failure
from training.xtuner.finishing import finish
from training.xtuner.progress import Progress
from training.xtuner.running import Ended, run
from training.xtuner.settings import XtunerSettings

_FULL = 1 << 20
"""Bytes that are left on a disk on which something has just failed for want of them."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every step is run with."""

    python: Path
    """Interpreter with XTuner."""
    settings: XtunerSettings
    log: Path
    """Its output is added there."""
    scratch: Path
    """For caches; may be deleted afterwards."""
    stop: asyncio.Event
    """Set to cancel."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to what every step has, for example ``CUDA_VISIBLE_DEVICES``."""


@dataclass(frozen=True, slots=True)
class Trained:
    checkpoint: Path
    progress: Progress
    ended: Ended


async def train(
    config: Path, work: Path, means: Means, *, tell: Callable[[Progress], None] = lambda now: None
) -> Trained:
    """Train as *config* says, from the last checkpoint in *work* where there is one; *tell* is called every second.

    What a training left there whose loss went wrong is put aside, in ``work-wrong``: its checkpoints are of no use.

    Raises:
        StepBroken: it failed, or its loss showed that it would.
        Cancelled: ``means.stop`` was set; a later call goes on from the last checkpoint.
        NotReady: it cannot be started.
    """
    if failures.going_wrong(progress.read(work).points) is not None:
        _put(work, work.with_name(f"{work.name}-wrong"))

    def look() -> str | None:
        now = progress.read(work)
        tell(now)
        return failures.going_wrong(now.points)

    ended = await _run(commands.train(means.python, config, work, means.settings, scratch=means.scratch), means, look)
    told = progress.read(work)
    # The log passes over the last steps where they fill no interval.
    told = replace(told, done=told.total or told.done, eta_s=0.0)
    tell(told)
    if (wrong := failures.going_wrong(told.points)) is not None:
        raise StepBroken(failures.explain("", 0, wrong), str(means.log))
    checkpoint = commands.last_checkpoint(work)
    if checkpoint is None:
        raise StepBroken(Failure("unknown", "训练结束了，却没有留下检查点。"), str(means.log))
    return Trained(checkpoint, told, ended)


async def convert(config: Path, checkpoint: Path, target: Path, means: Means) -> Ended:
    """Write the adapter (after whole-model training: the model) of *checkpoint* to *target*, replacing what is there.

    Raises:
        StepBroken, Cancelled, NotReady: as :func:`train`; *target* is as it was.
    """
    draft = _draft(target)
    try:
        ended = await _run(commands.convert(means.python, config, checkpoint, draft, scratch=means.scratch), means)
        if not any(draft.glob("*.safetensors")):
            raise StepBroken(Failure("unknown", "转换结束了，却没有留下权重。"), str(means.log))
        if (draft / "config.json").is_file():
            # Every weight was trained: it is no adapter but the model itself.
            finish(draft, family_of(json.loads((draft / "config.json").read_text(encoding="utf-8"))))
        _put(draft, target)
    except BadModelFolder as error:
        raise StepBroken(Failure("unknown", f"转换结束了，得到的却不是完整的模型：{error}"), str(means.log)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return ended


async def merge(base: Path, adapter: Path, model: Path, chat: ChatFormat, means: Means) -> Ended:
    """Write base and adapter as one model, which answers in *chat*'s format, to *model*, replacing what is there.

    Raises:
        StepBroken, Cancelled, NotReady: as :func:`train`; *model* is as it was.
    """
    draft = _draft(model)
    command = commands.merge(means.python, base, adapter, draft, means.settings, scratch=means.scratch)
    try:
        ended = await _run(command, means)
        finish(draft, chat)
        _put(draft, model)
    except BadModelFolder as error:
        raise StepBroken(Failure("unknown", f"合并结束了，得到的却不是完整的模型：{error}"), str(means.log)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return ended


async def _run(command: Command, means: Means, look: Callable[[], str | None] = lambda: None) -> Ended:
    command = replace(command, env={**command.env, **means.env})
    try:
        ended = await run(command, means.log, cwd=means.log.parent, stop=means.stop, look=look)
    except OSError as error:
        if failures.is_disk_full(error):
            raise StepBroken(Failure("disk", failures.DISK_FULL), str(means.log)) from error
        raise NotReady(f"启动不了 {command.argv[0]}：{error.strerror or error}。") from error
    if ended.exit_code == 0 and not ended.stopped:
        return ended
    failure = failures.explain(ended.tail, ended.exit_code, ended.stopped)
    if failure.kind == "unknown" and shutil.disk_usage(means.log.parent).free < _FULL:
        # Then the log holds no word of it either.
        failure = Failure("disk", failures.DISK_FULL)
    if failure.kind == "cancelled":
        raise Cancelled("取消了。")
    raise StepBroken(failure, str(means.log))


def _draft(target: Path) -> Path:
    """A folder beside *target*, so that a killed step leaves nothing that looks whole; what one left is removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    return target.with_name(f".{target.name}-{secrets.token_hex(4)}")


def _put(draft: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    draft.replace(target)
