"""The verdict as people read it."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.evaluation.shown import regressions
from training.gate.verdict import Line, Verdict


def verdict(found: Verdict, console: Console) -> None:
    table = Table("", "门槛", "结果", title=Text(_title(found)), title_justify="left", box=box.SIMPLE)
    for line in found.lines:
        mark, style = _mark(line)
        table.add_row(Text(mark, style=style), Text(line.title), Text(line.sentence))
    console.print(table)
    regressions(found.worst, found.regressions, console)


def text(found: Verdict) -> str:
    """A line for each demand, for a chat message or a card."""
    return "\n".join([_title(found), *(f"{_mark(line)[0]} {line.title}：{line.sentence}" for line in found.lines)])


def _title(found: Verdict) -> str:
    if found.passed:
        return (
            f"{found.candidate} 过了门槛。" if found.baseline else f"{found.candidate} 过了门槛（第一轮，没有可比的）。"
        )
    return f"{found.candidate} 没过门槛：{'、'.join(line.title for line in found.failures())}。"


def _mark(line: Line) -> tuple[str, str]:
    if line.skipped:
        return "－", "dim"
    if not line.passed:
        return "✗", "red"
    return ("△", "yellow") if line.few else ("✓", "green")
