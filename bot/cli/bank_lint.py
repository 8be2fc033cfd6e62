"""Showing what ``gongkao bank lint`` found: tables and bars for a person, JSON for a script."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich import box
from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.services.exporting.words import KINDS
from bot.services.lint.report import Example, Finding, LintReport

_SHOWN = 4
"""Examples of a rule."""
_MOST = 20
"""Categories with a line of their own."""
_LEVELS: tuple[int | None, ...] = (1, 2, 3, 4, 5, None)
_SEVERITIES = {"error": ("错误", "bold red"), "hint": ("提示", "yellow")}


def as_json(report: LintReport) -> str:
    """Everything on one line; of each rule at most 100 examples."""
    return json.dumps(
        {
            "ok": not report.has_errors,
            "total": report.total,
            "findings": [
                {
                    "rule": finding.rule.code,
                    "severity": finding.rule.severity,
                    "title": finding.rule.title,
                    "count": finding.count,
                    "examples": [{"ids": example.ids, "detail": example.detail} for example in finding.examples],
                }
                for finding in report.findings
            ],
            "counts": [
                {"category": category, "kind": kind, "difficulty": difficulty, "count": count}
                for (category, kind, difficulty), count in sorted(report.spread.items(), key=str)
            ],
            "notes": report.notes,
        },
        ensure_ascii=False,
    )


def show(report: LintReport, console: Console) -> None:
    """Findings, counts and bars."""
    if not report.total:
        console.print("题库里没有题。")
        return
    console.print(_spread(report))
    console.print(_bars("各类多少", [(name or "未分类", n) for name, n in _shortened(report)]))
    levels = [("未标" if level is None else f"难度 {level}", n) for level, n in report.by_difficulty()]
    console.print(_bars("难度", levels))
    if report.findings:
        console.print(_findings(report.findings))
    for note in report.notes:
        console.print(Text(note, style="yellow"))
    errors = sum(finding.count for finding in report.findings if finding.rule.severity == "error")
    hints = sum(finding.count for finding in report.findings if finding.rule.severity == "hint")
    console.print(Text(f"查了 {report.total} 题：错误 {errors} 处，提示 {hints} 处。"))


def _findings(findings: Sequence[Finding]) -> Table:
    table = _table("要看的题", "", "问题", "数量", "例子（题号）")
    for finding in findings:
        word, style = _SEVERITIES[finding.rule.severity]
        shown = finding.examples[:_SHOWN]
        between = "\n" if any(example.detail for example in shown) else " "
        examples = Text(between).join(_example(example) for example in shown)
        table.add_row(Text(word, style=style), Text(finding.rule.title), str(finding.count), examples)
    table.columns[2].justify = "right"
    table.columns[3].overflow = "fold"
    return table


def _example(example: Example) -> Text:
    numbers = " ".join(f"#{number}" for number in example.ids)
    return Text(" ".join(part for part in (numbers, " ".join(example.detail.split())) if part))


def _spread(report: LintReport) -> Table:
    table = _table("题库构成", "分类", "题型", *("未标" if level is None else str(level) for level in _LEVELS), "合计")
    for column in table.columns[2:]:
        column.justify = "right"
    names = list(report.by_category())
    for name in names[:_MOST]:
        _add_category(table, report, name or "未分类", [name])
    if names[_MOST:]:
        _add_category(table, report, f"其余 {len(names) - _MOST} 类", names[_MOST:])
    return table


def _add_category(table: Table, report: LintReport, title: str, names: Sequence[str]) -> None:
    kinds = [kind for kind in KINDS if not report.by_category(kind).keys().isdisjoint(names)]
    for kind in kinds:
        counts = [sum(report.spread[name, kind, level] for name in names) for level in _LEVELS]
        shown = [str(count) if count else "" for count in (*counts, sum(counts))]
        table.add_row(Text(title) if kind == kinds[0] else "", KINDS[kind], *shown, end_section=kind == kinds[-1])


def _shortened(report: LintReport) -> list[tuple[str, int]]:
    pairs = list(report.by_category().items())
    rest = pairs[_MOST:]
    return [*pairs[:_MOST], *([(f"其余 {len(rest)} 类", sum(n for _, n in rest))] if rest else [])]


def _bars(title: str, pairs: Sequence[tuple[str, int]]) -> Table:
    table = _table(title, "", "", "")
    table.show_header = False
    most = max(count for _, count in pairs)
    for name, count in pairs:
        table.add_row(Text(name), Bar(most, 0, count, width=40, color="blue"), str(count))
    table.columns[2].justify = "right"
    return table


def _table(title: str, *headers: str) -> Table:
    table = Table(title=Text(title, style="bold"), box=box.SIMPLE_HEAD, title_justify="left")
    for header in headers:
        table.add_column(header)
    return table
