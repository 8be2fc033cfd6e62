"""What a round would learn, and about how long it would take."""

from __future__ import annotations

from datetime import date
from typing import Any

from store import datasets, rounds
from training.datasets.building import build
from training.datasets.comparing import compare
from training.datasets.versions import find
from training.rounds.desk import Desk
from training.xtuner.rendering import steps

_CHANGES = {"added": "新增", "answer": "改了答案", "removed": "拿掉"}


async def preview(desk: Desk) -> str:
    """Builds the set of today (versions are never in the way) and holds it against the one that was used last.

    Raises:
        DatasetError, NotAllowed: see there.
    """
    base = desk.policy.base
    root = (desk.home / desk.config.dataset.folder).resolve()
    made = await build(desk.sessions, root, desk.config.dataset, day=date.today(), report=desk.report)  # noqa: DTZ011 - a fact ends with the day where the bot runs
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
    if used:
        changes = compare(await find(desk.sessions, root, used[-1]), version)
        said = [f"{word} {count:,}" for name, word in _CHANGES.items() if (count := changes.questions[name])]
        lines.append(f"和上次训练用的 {used[-1]} 比：{'、'.join(said) or '题目没有变'}")
    lines.append(_estimate(steps(desk.config.xtuner, told["samples"]["lines"]), trained))
    lines.append(
        "开始发 /训练 开始。" if version.round is None else f"没有新东西：{version.name} 第 {version.round} 轮用过了。"
    )
    return "\n".join(lines)


def _estimate(iterations: int, trained: dict[str, Any] | None) -> str:
    """From what the last round took on this machine."""
    if trained is None or not trained["figures"].get("iterations"):
        return f"要训练 {iterations:,} 步；第一轮跑过以后能估时间和显存。"
    figures = trained["figures"]
    minutes = trained["seconds"] / figures["iterations"] * iterations / 60
    memory = figures["peak_gpu_mb"] or figures["peak_mb"]
    return f"要训练 {iterations:,} 步，照上一轮估计约 {max(1, round(minutes))} 分钟，{'显存' if figures['peak_gpu_mb'] else '内存'} {memory / 1024:.1f} GB。"
