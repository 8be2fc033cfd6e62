"""The model card of a round as Markdown: what it learnt from, how, and what came out."""

from __future__ import annotations

from collections.abc import Iterator

from local_time import local
from paper.excerpts import excerpt
from paper.rounds.facts import Facts, SetFigures
from paper.rounds.reliability import sentence
from paper.rounds.words import MARKS, STATUS, percent, points, size

_REPLY = 60


def markdown(facts: Facts) -> str:
    """The card; parts that nothing is known of are left out."""
    lines = [
        f"# 第 {facts.number} 轮",
        "",
        f"{local(facts.at):%Y-%m-%d %H:%M}，{STATUS[facts.status]}。",
        *_data(facts),
        *_training(facts),
        *_sets(facts),
        *_quantised(facts),
        *_calibration(facts),
        *_gate(facts),
        *_regressions(facts),
    ]
    return "\n".join(lines) + "\n"


def _data(facts: Facts) -> Iterator[str]:
    if not facts.dataset:
        return
    told = [
        f"{facts.data[key]:,} {words}" for key, words in (("train", "题"), ("samples", "条样本")) if key in facts.data
    ]
    if "corrections" in facts.data:
        told.append(f"其中纠错 {facts.data['corrections']:,} 条")
    yield from ("", "## 数据", "", f"训练集 {facts.dataset}{'：' + '，'.join(told) if told else ''}。")


def _training(facts: Facts) -> Iterator[str]:
    yield from ("", "## 训练", "", f"- 底座：`{facts.base}`")
    told = facts.trained
    if told.get("iterations"):
        yield (
            f"- {told['iterations']:,} 步，最后的损失 {_round(told.get('loss'))}，"
            f"一步 {_round(told.get('seconds_per_iteration'))} 秒"
        )
        yield f"- 内存最多 {told.get('peak_mb', 0):,} MiB，显存最多 {told.get('peak_gpu_mb', 0):,} MiB"
    if facts.settings:
        yield f"- 改过的设置：{'，'.join(f'`{key} = {value}`' for key, value in facts.settings.items())}"
    elif told:
        yield "- 设置：都是默认的"


def _sets(facts: Facts) -> Iterator[str]:
    if facts.sets:
        yield from ("", "## 前后对比", "", "| 题 | 题数 | 之前 | 之后 | 差（95% 区间） |", "|---|---|---|---|---|")
    for one in facts.sets:
        yield (
            f"| {_cell(one.title)} | {'—' if one.n is None else f'{one.n:,}'} | {percent(one.before)} "
            f"| {percent(one.now)} | {difference(one)} |"
        )


def _quantised(facts: Facts) -> Iterator[str]:
    if facts.sizes is not None:
        before, after = facts.sizes
        yield from ("", "## 4 比特量化", "", f"权重 {size(before)} → {size(after)}；评测和门槛看的是量化以后的。")
    if facts.cost:
        yield from ("", "| 题 | 量化前 | 量化后 | 差 |", "|---|---|---|---|")
    for one in facts.cost:
        yield f"| {_cell(one.title)} | {percent(one.before)} | {percent(one.now)} | {difference(one)} |"


def _calibration(facts: Facts) -> Iterator[str]:
    if told := sentence(facts.calibration):
        yield from ("", "## 把握", "", told)


def _gate(facts: Facts) -> Iterator[str]:
    if facts.lines:
        yield from ("", "## 门槛", "", "| | 条件 | 说明 |", "|---|---|---|")
    for line in facts.lines:
        yield f"| {MARKS[line.mark]} | {_cell(line.title)} | {_cell(line.sentence)} |"


def _regressions(facts: Facts) -> Iterator[str]:
    if facts.worst:
        yield from ("", f"## 变差的题（共 {facts.regressions:,} 道）", "")
    for one in facts.worst:
        yield (
            f"- {excerpt(one.question, 200)}　应答「{excerpt(one.key, _REPLY)}」，"
            f"之前答「{excerpt(one.before, _REPLY)}」，现在答「{excerpt(one.now, _REPLY)}」"
        )


def difference(one: SetFigures) -> str:
    """In points, with its interval where there is one."""
    if one.difference is None:
        return "—"
    told = points(one.difference)
    return told if one.interval is None else f"{told}（{points(one.interval[0])} 到 {points(one.interval[1])}）"


def _round(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
