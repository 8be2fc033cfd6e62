"""Holding an evaluation against the gate's settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from paper.rounds.words import size
from training.evaluation import report as reports
from training.evaluation.comparing import Comparison, SetComparison, compare
from training.evaluation.report import Report, SetReport, Tally
from training.evaluation.sets import TITLES
from training.evaluation.shown import points
from training.gate.settings import GateSettings
from training.gate.verdict import Line, SetFigures, Verdict

_HAIR = 1e-9
"""Rounding of percentages must decide nothing."""
_FIRST = "没有在用的模型可比，这一条先不看。"


def judge(candidate: Path, baseline: Path | None, settings: GateSettings) -> Verdict:
    """The verdict on the report in the folder *candidate*, beside that of the serving model where there is one.

    Without *baseline*, in a first round, the lines that compare are skipped and say so.

    Raises:
        NoReport, DifferentPrompts: see :mod:`training.evaluation.errors`.
    """
    report = reports.read(candidate)
    comparison = compare(candidate, baseline) if baseline else None
    return verdict(report, comparison, settings)


def verdict(report: Report, comparison: Comparison | None, settings: GateSettings) -> Verdict:
    """As :func:`judge`, for what is read already."""
    lines = tuple(_lines(report, comparison, settings))
    sets = tuple(_figures(one, comparison and comparison.set(one.name)) for one in report.sets)
    if comparison is None:
        return Verdict(report.identity.model, None, lines, sets=sets)
    return Verdict(
        *(report.identity.model, comparison.baseline.identity.model, lines),
        *(comparison.worst, comparison.regressions, sets),
    )


def _figures(one: SetReport, told: SetComparison | None) -> SetFigures:
    found = SetFigures(one.name, one.title, one.total.n, one.total.rate, one.total.low, one.total.high)
    if told is None:
        return found
    found = replace(found, rate_before=told.rate_before)
    if (paired := told.difference) is None:
        return found
    low, high = paired.interval
    return replace(found, difference=paired.mean, difference_low=low, difference_high=high)


def _lines(report: Report, comparison: Comparison | None, settings: GateSettings) -> Iterator[Line]:
    yield _corrected(report, settings)
    yield _not_worse("holdout", report, comparison, settings)
    yield _not_worse("near", report, comparison, settings)
    yield _guard(report, comparison, settings)
    yield _refusals(report, comparison, settings)
    yield _format(report, settings)
    yield _latency(report, comparison, settings)
    yield _size(report, comparison, settings)


def _corrected(report: Report, settings: GateSettings) -> Line:
    found = report.set("corrected")
    if found is None:
        return _skipped("corrected", "还没有纠错过的题。")
    passed, sentence = _at_least(found.total, settings.corrected_percent)
    return Line(
        *("corrected", TITLES["corrected"], passed, f"答对 {sentence}"),
        figure=found.total.rate * 100,
        limit=settings.corrected_percent,
    )


def _not_worse(name: str, report: Report, comparison: Comparison | None, settings: GateSettings) -> Line:
    if report.set(name) is None:
        return _skipped(name, "这一版数据集里没有这种题。")
    if comparison is None:
        return _skipped(name, _FIRST)
    found = comparison.set(name)
    if found is None or found.difference is None:
        return _skipped(name, "现在的模型没考过这些题，这一条先不看。")
    paired, tolerance = found.difference, settings.holdout_tolerance_points
    passed = paired.interval.high * 100 >= -tolerance - _HAIR
    interval = f"95% 区间 {points(paired.interval.low)} 到 {points(paired.interval.high)}"
    if not passed:
        meaning = "，连区间的上端都低于允许的范围，确实变差了"
    elif paired.mean < 0:
        meaning = "，还在误差之内"
    else:
        meaning = ""
    line = Line(
        *(name, TITLES[name], passed, f"比现在的模型 {points(paired.mean)} 个百分点（{interval}）{meaning}。"),
        figure=paired.mean * 100,
        limit=-tolerance,
    )
    return _weighed(line, paired.n, settings)


def _guard(report: Report, comparison: Comparison | None, settings: GateSettings) -> Line:
    found = report.set("guard")
    if found is None:
        return _skipped("guard", "这一版数据集里没有这种题。")
    if comparison is None:
        return _skipped("guard", f"答对 {_share(found.total)}。{_FIRST}")
    told = comparison.set("guard")
    if told is None or told.difference is None:
        return _skipped("guard", "现在的模型没考过这些题，这一条先不看。")
    passed, sentence = _within(told, settings.guard_points)
    line = Line(
        *("guard", TITLES["guard"], passed, f"答对 {_share(found.total)}，{sentence}。"),
        figure=told.difference.mean * 100,
        limit=-settings.guard_points,
    )
    return _weighed(line, told.difference.n, settings)


def _refusals(report: Report, comparison: Comparison | None, settings: GateSettings) -> Line:
    found = report.set("refusals")
    if found is None:
        return _skipped("refusals", "这一版数据集里没有这种题。")
    passed, sentence = _at_least(found.total, settings.refusals_percent)
    told = comparison.set("refusals") if comparison else None
    if told and told.difference:
        kept, also = _within(told, settings.refusals_points)
        passed, sentence = passed and kept, f"{sentence.rstrip('。')}；{also}。"
    line = Line(
        *("refusals", TITLES["refusals"], passed, f"说了没有把握的 {sentence}"),
        figure=found.total.rate * 100,
        limit=settings.refusals_percent,
    )
    return _weighed(line, found.total.n, settings)


def _format(report: Report, settings: GateSettings) -> Line:
    title = "回答的格式"
    if report.formatted is None:
        return Line("format", title, True, "没有要看格式的题。", skipped=True)
    passed, sentence = _at_least(report.formatted, settings.format_percent)
    line = Line(
        *("format", title, passed, f"第一行写法对的 {sentence}"),
        figure=report.formatted.rate * 100,
        limit=settings.format_percent,
    )
    return _weighed(line, report.formatted.n, settings)


def _latency(report: Report, comparison: Comparison | None, settings: GateSettings) -> Line:
    title = "回答的快慢"
    now = report.latency
    if now is None:
        return Line("latency", title, True, "没有量到，这一条先不看。", skipped=True)
    before = comparison.baseline.latency if comparison else None
    if before is None:
        sentence = (
            f"一般 {now.p50_ms:.0f} 毫秒。{_FIRST if comparison is None else '现在的模型没有量过，这一条先不看。'}"
        )
        return Line("latency", title, True, sentence, skipped=True)
    ratio = now.p50_ms / max(before.p50_ms, _HAIR)
    free = now.p50_ms <= settings.latency_free_ms
    passed = free or ratio <= settings.latency_ratio + _HAIR
    told = f"一般 {now.p50_ms:.0f} 毫秒，现在的模型 {before.p50_ms:.0f} 毫秒，是它的 {ratio:.2f} 倍"
    allowed = f"{settings.latency_free_ms:g} 毫秒以内不比" if free else f"最多 {settings.latency_ratio:g} 倍"
    return Line("latency", title, passed, f"{told}（{allowed}）。", figure=ratio, limit=settings.latency_ratio)


def _size(report: Report, comparison: Comparison | None, settings: GateSettings) -> Line:
    title = "模型的大小"
    now = report.size_bytes
    if now is None:
        return Line("size", title, True, "评测时没有给模型文件夹，这一条先不看。", skipped=True)
    before = comparison.baseline.size_bytes if comparison else None
    if not before:
        sentence = f"{size(now)}。{_FIRST if comparison is None else '不知道现在的模型多大，这一条先不看。'}"
        return Line("size", title, True, sentence, skipped=True)
    ratio = now / before
    sentence = f"{size(now)}，现在的模型 {size(before)}，是它的 {ratio:.2f} 倍（最多 {settings.size_ratio:g} 倍）。"
    return Line("size", title, ratio <= settings.size_ratio + _HAIR, sentence, figure=ratio, limit=settings.size_ratio)


def _at_least(told: Tally, percent: float) -> tuple[bool, str]:
    passed = told.rate * 100 >= percent - _HAIR
    return passed, f"{_share(told)}，要求 {percent:g}%{'' if passed else '，没到'}。"


def _within(told: SetComparison, allowed: float) -> tuple[bool, str]:
    """Whether the set lost no more than *allowed* points, pair by pair."""
    assert told.difference is not None
    difference = told.difference.mean * 100
    passed = difference >= -allowed - _HAIR
    word = f"比现在的模型 {points(told.difference.mean)} 个百分点（最多降 {allowed:g}）"
    return passed, word if passed else f"{word}，降多了"


def _share(told: Tally) -> str:
    return f"{told.rate * 100:.1f}%（{told.right}/{told.n}）"


def _skipped(name: str, sentence: str) -> Line:
    return Line(name, TITLES[name], True, sentence, skipped=True)


def _weighed(line: Line, n: int, settings: GateSettings) -> Line:
    """*line* as it counts when it rests on *n* items."""
    if n >= settings.fewest:
        return line
    passed = settings.few == "pass"
    what = "只供参考" if passed else "按设置算没过"
    return Line(
        *(line.name, line.title, passed, f"样本太少（{n} 题，至少要 {settings.fewest} 题），{what}：{line.sentence}"),
        figure=line.figure,
        limit=line.limit,
        few=True,
    )
