"""Words on training rounds that the chat and the terminal share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from paper.excerpts import excerpt
from store.models import RoundStep, TrainingRound
from store.rounds import SILENT_FOR

STATUS: dict[str, str] = {
    "waiting": "等另一位超级用户同意",
    "queued": "排队中",
    "running": "训练中",
    "ready": "过了门槛，可以上线",
    "rejected": "没过门槛，不会上线",
    "failed": "没有做成",
    "cancelled": "取消了",
}
STEPS: dict[str, str] = {
    "dataset": "备训练集",
    "config": "写配置",
    "train": "训练",
    "convert": "转换",
    "merge": "合并",
    "quantise": "量化",
    "evaluate": "评测",
    "referee": "OpenCompass 复核",
    "gate": "过门槛",
}
SETS: dict[str, str] = {
    "corrected": "纠错过的题",
    "holdout": "留出的题",
    "near": "容易混的题",
    "guard": "通用能力",
    "refusals": "该说没有把握的题",
}
"""For records that hold no titles."""
MARKS: dict[str, str] = {"passed": "✓", "failed": "✗", "few": "△", "skipped": "－"}
NOTE = 24
"""Letters of a note on a line."""


def outcome(status: str, *, promoted: bool) -> str:
    """How a round stands or ended, and whether it was ever what is served."""
    if promoted and status == "rejected":
        return "没过门槛，强制上线过"
    return STATUS[status] + ("，上线过" if promoted else "")


def headline(row: TrainingRound) -> str:
    """Number, state and note."""
    return f"第 {row.id} 轮　{STATUS[row.status]}{f'（{excerpt(row.note, NOTE)}）' if row.note else ''}"


def status_text(row: TrainingRound, steps: Sequence[RoundStep]) -> str:
    """Where the round is: its step, how far, how long still."""
    lines = [headline(row)]
    if row.dataset:
        lines.append(f"训练集 {row.dataset}")
    if row.status == "running":
        lines.append(progress_text(row))
    if steps:
        done = "、".join(f"{STEPS.get(step.name, step.name)} {lasting(step.seconds)}" for step in steps)
        lines.append(f"做完：{done}")
    if row.cancel_asked:
        lines.append("正在取消……")
    if row.problem:
        lines.append(row.problem)
    return "\n".join(lines)


def progress_text(row: TrainingRound) -> str:
    """The step under way: done, loss, time left; and whether its worker is silent."""
    told: dict[str, Any] = row.progress or {}
    done, total = int(told.get("done") or 0), int(told.get("total") or 0)
    parts = [doing(row)]
    if total:
        parts.append(f"{done:,}/{total:,}（{done * 100 // total}%）")
    return "，".join([*parts, *remaining(row)])


def doing(row: TrainingRound) -> str:
    """The step, and which part of it where it has parts: 正在评测（考现在的模型：启动）."""
    told: dict[str, Any] = row.progress or {}
    words = STEPS.get(row.step, "准备")
    stage = str(told.get("stage") or "")
    return f"正在{words}" + (f"（{stage}）" if stage and not stage.startswith(words) else "")


def remaining(row: TrainingRound) -> list[str]:
    """Loss, time left, silence: each a few words, where there is something to say."""
    told: dict[str, Any] = row.progress or {}
    parts: list[str] = []
    if (loss := told.get("loss")) is not None:
        parts.append(f"损失 {float(loss):.3f}")
    if eta := told.get("eta_s"):
        parts.append(f"还要约 {lasting(float(eta))}")
    if (
        row.heartbeat_at
        and (silent := (datetime.now(UTC) - row.heartbeat_at).total_seconds()) > SILENT_FOR.total_seconds()
    ):
        parts.append(f"已经 {lasting(silent)}没有动静")
    return parts


def lasting(seconds: float) -> str:
    """``45 秒``, ``3 分 20 秒``, ``2 小时 5 分``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} 秒"
    if whole < 3600:
        return f"{whole // 60} 分" + (f" {whole % 60} 秒" if whole % 60 else "")
    return f"{whole // 3600} 小时 {whole % 3600 // 60} 分"


def percent(rate: float | None) -> str:
    """``97.5%``; a dash for what is not known."""
    return "—" if rate is None else f"{rate * 100:.1f}%"


def size(count: int) -> str:
    """``15.2 GB`` or ``0.7 MB``, of bytes."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def points(difference: float) -> str:
    """A difference of rates in points, with its sign."""
    # A rounded nothing has no sign.
    return f"{round(difference * 100, 1) + 0.0:+.1f}".replace("+0.0", "0.0").replace("-", "−")
