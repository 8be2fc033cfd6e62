"""What superusers read about training rounds in a chat; :mod:`paper.rounds.words` holds what a terminal says too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from local_time import local
from paper.excerpts import excerpt
from paper.rounds.facts import Facts
from paper.rounds.words import MARKS, NOTE, STATUS, lasting, outcome
from store.models import TrainingRound

USAGE = (
    "训练命令（超级用户）：\n"
    "/训练 预览　这一轮会学什么、要多久\n"
    "/训练 开始 备注　开一轮\n"
    "/训练 状态　做到哪一步\n"
    "/训练 卡片 编号　学了什么、前后对比、门槛\n"
    "/训练 取消　/训练 继续 编号　/训练 历史\n"
    "/训练 同意 编号　/训练 上线 编号"
)
NUMBER = re.compile(r"第?\s*#?\s*(\d{1,9})\s*轮?\s*(?P<force>强制)?")
"""How people name a round in a command, and that they want it against the gate."""
NONE_YET = "还没有训练过。发 /训练 预览 看看这一轮会学什么。"
UNKNOWN = "没有第 {number} 轮。"
_SETTINGS = 4
_WORST = 3
_QUESTION, _REPLY = 36, 24


def card_text(facts: Facts) -> str:
    """The model card in a few lines; the picture has the rest."""
    lines = [f"第 {facts.number} 轮　{STATUS[facts.status]}{f'（{excerpt(facts.note, NOTE)}）' if facts.note else ''}"]
    if facts.dataset:
        told = [
            f"{facts.data[key]:,} {word}" for key, word in (("train", "题"), ("samples", "条样本")) if key in facts.data
        ]
        if "corrections" in facts.data:
            told.append(f"纠错 {facts.data['corrections']:,} 条")
        lines.append(f"训练集 {facts.dataset}{'：' + '，'.join(told) if told else ''}")
    lines.append("，".join(_training(facts)))
    if facts.settings:
        shown = [f"{key} = {value}" for key, value in list(facts.settings.items())[:_SETTINGS]]
        lines.append(f"改过的设置：{'，'.join(shown)}{'……' if len(facts.settings) > _SETTINGS else ''}")
    if facts.lines:
        lines.append(_gate(facts))
    elif facts.problem:
        lines.append(facts.problem)
    else:
        lines.append("还没有过门槛，评测完才有前后对比。")
    if facts.regressions:
        lines.append(f"原来对、现在错的有 {facts.regressions:,} 道。")
    return "\n".join(lines)


def end_text(facts: Facts) -> str:
    """How the round ended, with the gate's figures, and what can be done now."""
    lines = [f"第 {facts.number} 轮{STATUS[facts.status]}，用时 {lasting(facts.seconds)}。"]
    match facts.status:
        case "rejected":
            lines += _rejected(facts)
        case "failed":
            lines += [facts.problem, f"改好以后发 /训练 继续 {facts.number}，从断的地方接着做。"]
        case "cancelled":
            lines.append(f"想接着做，发 /训练 继续 {facts.number}。")
        case _:
            lines += [
                f"{MARKS[line.mark]} {line.title}：{line.sentence}" for line in facts.lines if line.mark != "skipped"
            ]
            lines.append(f"上线发 /发布 {facts.number}。")
    return "\n".join(lines)


def history_text(rows: Sequence[TrainingRound]) -> str:
    """The newest rounds, a line each."""
    if not rows:
        return NONE_YET
    return "\n".join(_line(row) for row in rows)


def _training(facts: Facts) -> Iterator[str]:
    yield f"底座 {facts.base}" if facts.base else "底座没有记录"
    if steps := facts.trained.get("iterations"):
        yield f"{steps:,} 步"
    if facts.curve:
        yield f"损失 {float(facts.curve[0][1]):.3f} → {float(facts.curve[-1][1]):.3f}"
    if facts.seconds:
        yield f"用时 {lasting(facts.seconds)}"


def _gate(facts: Facts) -> str:
    failed = facts.failures
    passed = sum(line.mark in ("passed", "few") for line in facts.lines)
    told = f"门槛：✓ {passed} 条"
    return f"{told}，✗ {len(failed)} 条（{'、'.join(line.title for line in failed)}）" if failed else told


def _rejected(facts: Facts) -> Iterator[str]:
    """The lines that failed, and the worst of what it has forgotten: the picture shows ten."""
    for line in facts.failures:
        yield f"✗ {line.title}：{line.sentence}"
    if passed := sum(line.mark in ("passed", "few") for line in facts.lines):
        yield f"✓ 另外 {passed} 条过了。"
    if facts.worst:
        shown = facts.worst[:_WORST]
        rest = "" if len(facts.worst) <= _WORST else f"，先看 {_WORST} 道，{len(facts.worst)} 道在图里"
        yield f"原来对、现在错的有 {facts.regressions:,} 道{rest}："
        for number, one in enumerate(shown, 1):
            yield f"{number}. {excerpt(one.question, _QUESTION)}"
            yield f"　应答 {excerpt(one.key, _REPLY)}；现在 {excerpt(one.now, _REPLY)}"


def _line(row: TrainingRound) -> str:
    day = f"{local(row.created_at):%m-%d %H:%M}"
    note = f"　{excerpt(row.note, NOTE)}" if row.note else ""
    return f"第 {row.id} 轮　{day}　{row.dataset or '还没有训练集'}　{outcome(row.status, promoted=row.promoted_at is not None)}{note}"


def lost_text(row: TrainingRound) -> str:
    """That the worker of a running round is silent, and what happens now."""
    then = (
        "正在重新启动它，做完的步骤不用重做。"
        if is_local(row)
        else "显卡那台机器上的 gongkao worker 起来以后，会从断的地方接着做。"
    )
    return f"第 {row.id} 轮的训练进程没有动静了，多半是断了。{then}"


def is_local(row: TrainingRound) -> bool:
    """Whether this machine is to run the round."""
    settings: Any = row.settings
    return settings.get("rounds", {}).get("worker", "local") == "local"
