"""The model card of a round: what it learnt from, how, and what came out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from training.gate.verdict import Verdict
from training.rounds.step import Job

_SETS = {
    "corrected": "纠错过的题",
    "holdout": "留出的题",
    "near": "容易混的题",
    "guard": "通用能力",
    "refusals": "该说没有把握的",
}
_WORST = 10


def markdown(job: Job, verdict: Verdict) -> str:
    """The card, from the records of the steps before."""
    data, trained = _figures(job, "dataset"), _figures(job, "train")
    scores = _figures(job, "evaluate")
    lines = [
        f"# 第 {job.number} 轮",
        "",
        f"{datetime.now(UTC).astimezone():%Y-%m-%d %H:%M}，{'过了门槛' if verdict.passed else '没过门槛'}。",
        "",
        "## 数据",
        "",
        f"训练集 {data.get('version')}：{data.get('train'):,} 题，{data.get('samples'):,} 条样本，"
        f"其中纠错 {data.get('corrections'):,} 条。",
        "",
        "## 训练",
        "",
        f"- 底座：`{job.base}`",
        f"- {trained.get('iterations')} 步，最后的损失 {_round(trained.get('loss'))}，"
        f"一步 {_round(trained.get('seconds_per_iteration'))} 秒",
        f"- 内存最多 {trained.get('peak_mb'):,} MiB，显存最多 {trained.get('peak_gpu_mb'):,} MiB",
        f"- 设置：`{job.config.xtuner.model_dump_json(exclude_defaults=True)}`（没写的是默认值，全部在 `config.py`）",
        "",
        "## 前后对比",
        "",
        "| 题 | 之前 | 之后 |",
        "|---|---|---|",
    ]
    before, after = scores.get("baseline", {}), scores.get("candidate", {})
    for name in after:
        if name != "seconds":
            lines.append(f"| {_SETS.get(name, name)} | {_percent(before.get(name))} | {_percent(after[name])} |")
    lines += ["", "## 门槛", "", "| 条件 | 结果 | 说明 |", "|---|---|---|"]
    for line in verdict.lines:
        mark = "—" if line.skipped else "过" if line.passed else "**没过**"
        lines.append(f"| {line.title} | {mark} | {line.sentence} |")
    if verdict.worst:
        lines += ["", f"## 变差的题（共 {verdict.regressions} 道）", ""]
        for one in verdict.worst[:_WORST]:
            question = " ".join(one.input.split())
            lines.append(
                f"- {question}　应答「{one.key}」，之前答「{_short(one.before)}」，现在答「{_short(one.now)}」"
            )
    return "\n".join(lines) + "\n"


def _figures(job: Job, step: str) -> dict[str, Any]:
    return dict((job.folder.record(step) or {}).get("figures", {}))


def _percent(rate: float | None) -> str:
    return "—" if rate is None else f"{rate * 100:.1f}%"


def _round(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:59] + "…"
