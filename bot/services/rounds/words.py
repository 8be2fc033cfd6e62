"""What superusers read about training rounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.services.excerpts import excerpt
from store.models import RoundStep, TrainingRound

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
USAGE = (
    "训练命令（超级用户）：\n"
    "/训练 预览　这一轮会学什么、要多久\n"
    "/训练 开始 备注　开一轮\n"
    "/训练 状态　做到哪一步\n"
    "/训练 取消　/训练 继续 编号　/训练 历史\n"
    "/训练 同意 编号　/训练 上线 编号"
)
NONE_YET = "还没有训练过。发 /训练 预览 看看这一轮会学什么。"
_NOTE = 24


def status_text(row: TrainingRound, steps: Sequence[RoundStep]) -> str:
    """Where the round is: its step, how far, how long still."""
    lines = [f"第 {row.id} 轮　{STATUS[row.status]}{'（' + excerpt(row.note, _NOTE) + '）' if row.note else ''}"]
    if row.dataset:
        lines.append(f"训练集 {row.dataset}")
    if row.status == "running":
        lines.append(_progress(row))
    if steps:
        done = "、".join(f"{STEPS.get(step.name, step.name)} {lasting(step.seconds)}" for step in steps)
        lines.append(f"做完：{done}")
    if row.cancel_asked:
        lines.append("正在取消……")
    if row.problem:
        lines.append(row.problem)
    return "\n".join(lines)


def end_text(row: TrainingRound, steps: Sequence[RoundStep]) -> str:
    """How the round ended, with the gate's figures, and what can be done now."""
    lines = [f"第 {row.id} 轮{STATUS[row.status]}，用时 {lasting(sum(step.seconds for step in steps))}。"]
    verdict: dict[str, Any] = row.verdict or {}
    lines += [
        f"{'✓' if line['passed'] else '✗'} {line['title']}：{line['sentence']}"
        for line in verdict.get("lines", [])
        if not line.get("skipped")
    ]
    if row.status == "failed":
        lines.append(row.problem)
        lines.append(f"改好以后发 /训练 继续 {row.id}，从断的地方接着做。")
    elif row.status == "cancelled":
        lines.append(f"想接着做，发 /训练 继续 {row.id}。")
    elif row.status == "ready":
        lines.append(f"上线发 /训练 上线 {row.id}。")
    return "\n".join(lines)


def history_text(rows: Sequence[TrainingRound]) -> str:
    """The newest rounds, a line each."""
    if not rows:
        return NONE_YET
    return "\n".join(_line(row) for row in rows)


def lasting(seconds: float) -> str:
    """``45 秒``, ``3 分 20 秒``, ``2 小时 5 分``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} 秒"
    if whole < 3600:
        return f"{whole // 60} 分" + (f" {whole % 60} 秒" if whole % 60 else "")
    return f"{whole // 3600} 小时 {whole % 3600 // 60} 分"


def _progress(row: TrainingRound) -> str:
    told: dict[str, Any] = row.progress or {}
    done, total = int(told.get("done") or 0), int(told.get("total") or 0)
    parts = [f"正在{STEPS.get(row.step, '准备')}"]
    if total:
        parts.append(f"{done:,}/{total:,}（{done * 100 // total}%）")
    if (loss := told.get("loss")) is not None:
        parts.append(f"损失 {float(loss):.3f}")
    if eta := told.get("eta_s"):
        parts.append(f"还要约 {lasting(float(eta))}")
    if row.heartbeat_at and (silent := (datetime.now(UTC) - row.heartbeat_at).total_seconds()) > 60:
        parts.append(f"已经 {lasting(silent)}没有动静")
    return "，".join(parts)


def _line(row: TrainingRound) -> str:
    day = f"{row.created_at.astimezone():%m-%d %H:%M}"
    live = "，上线过" if row.promoted_at else ""
    note = f"　{excerpt(row.note, _NOTE)}" if row.note else ""
    return f"第 {row.id} 轮　{day}　{row.dataset or '还没有训练集'}　{STATUS[row.status]}{live}{note}"
