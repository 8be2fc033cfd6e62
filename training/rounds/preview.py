"""What a round would learn, and about how long it would take."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.serving.gpu import nvidia_gpus
from local_time import today
from store import datasets, rounds
from training.config import TrainingConfig
from training.datasets.building import build
from training.datasets.comparing import compare
from training.datasets.errors import UnknownVersion
from training.datasets.versions import Version, find
from training.rounds import tools
from training.rounds.desk import Desk, Told
from training.rounds.reuse import why_not
from training.xtuner import estimating
from training.xtuner.checking import check_base, check_data
from training.xtuner.errors import NotReady
from training.xtuner.rendering import steps

_CHANGES = {"added": "新增", "answer": "改了答案", "removed": "拿掉"}


async def preview(desk: Desk) -> Told:
    """Builds the set of today (versions are never in the way) and holds it against the one that was used last.

    Besides the words it tells ``version``, and ``before`` where there is one to compare with.

    Raises:
        DatasetError, NotAllowed: see there.
    """
    base = desk.policy.base
    root = (desk.home / desk.config.dataset.folder).resolve()
    made = await build(desk.sessions, root, desk.config.dataset, day=today(), report=desk.report)
    version = await find(desk.sessions, root, made.name)
    async with desk.sessions() as session:
        waiting = await rounds.approved_since_last_round(session)
        used = [row.name for row in await datasets.versions(session) if row.round and row.name != version.name]
        trained = await rounds.last_step(session, "train")
    told = version.manifest
    lines = [
        f"下一轮用训练集 {version.name}：{told['questions']['train'].get('total', 0):,} 题，"
        f"{told['samples']['lines']:,} 条样本，还没学过的纠错 {waiting:,} 条。",
        f"底座：{base.name}",
    ]
    changes, before = await _compared(desk, root, used, version)
    lines += changes
    lines.append(await asyncio.to_thread(_estimate, desk.config, base, version, trained))
    async with desk.sessions() as session:
        reason = await why_not(session, version, desk.config, base)
    lines.append(reason or "开始发 /训练 开始。")
    return Told("\n".join(lines), {"version": version.name, "before": before})


async def _compared(desk: Desk, root: Path, used: Sequence[str], version: Version) -> tuple[list[str], str]:
    """A line on what changed since the set that was used last, and that set's name; both empty without one."""
    if not used:
        return [], ""
    try:
        before = await find(desk.sessions, root, used[-1])
    except UnknownVersion:
        return [f"上次训练用的 {used[-1]} 的文件不在这台机器上，比不了。"], ""
    changes = await asyncio.to_thread(compare, before, version)
    said = [f"{word} {count:,}" for name, word in _CHANGES.items() if (count := changes.questions[name])]
    return [f"和上次训练用的 {before.name} 比：{'、'.join(said) or '题目没有变'}"], before.name


def _estimate(config: TrainingConfig, base: Path, version: Version, trained: dict[str, Any] | None) -> str:
    """Time and memory: from what the last round took, in a first one from formulas."""
    iterations = steps(config.xtuner, version.manifest["samples"]["lines"])
    if trained is None or not trained["figures"].get("iterations"):
        return f"要训练 {iterations:,} 步，{_by_formula(config, base, version, iterations)}"
    figures = trained["figures"]
    minutes = max(1, round(trained["seconds"] / figures["iterations"] * iterations / 60))
    memory = figures["peak_gpu_mb"] or figures["peak_mb"]
    where = "显存" if figures["peak_gpu_mb"] else "内存"
    return f"要训练 {iterations:,} 步，照上一轮估计约 {minutes} 分钟，{where} {memory / 1024:.1f} GB。"


def _by_formula(config: TrainingConfig, base: Path, version: Version, iterations: int) -> str:
    if tools.on_cpu(config):
        return "在 CPU 上跑；第一轮跑过以后能估时间和内存。"
    try:
        found = check_base(base, config.xtuner, on_cpu=False)
        data = check_data(version.folder / "train.jsonl", found.chat, config.xtuner)
        shape = estimating.shape_of(found.config)
    except NotReady as error:
        return f"但是还不能训练：{error}"
    except (KeyError, ValueError, TypeError):
        return "底座的 config.json 没写全，估不出时间和显存；第一轮跑过以后就有了。"
    return estimating.estimate(
        shape,
        config.xtuner,
        rows=data.rows,
        tokens_per_row=data.tokens_per_row,
        steps=iterations,
        # A worker elsewhere has a card that is not known here.
        card=next(iter(nvidia_gpus()), "") if config.rounds.worker == "local" else "",
    ).sentence()
