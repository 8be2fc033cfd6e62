"""Showing reports and comparisons to a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from paper.rounds.words import size
from training.evaluation.comparing import Comparison, Regression
from training.evaluation.report import Report, SetReport, Tally

_CATEGORIES = {
    "language": "语言",
    "arithmetic": "算术",
    "instructions": "照要求写",
    "safety": "安全",
    "invented": "编造的",
    "future": "将来的",
    "private": "私人的",
    "premise": "前提不成立",
    "unanswerable": "审核认定没答案",
}
_MOST = 12


def report(found: Report, console: Console) -> None:
    """Figures by set, and by category where there are several."""
    table = _table(f"{found.identity.model} 在 {found.dataset}", "题集", "题数", "答对", "95% 区间", "格式对", "没答上")
    for one in found.sets:
        title = Text(one.title + (f"（{one.note}）" if one.note else ""))
        table.add_row(
            title, str(one.total.n), percent(one.total.rate), _interval(one.total), _formatted(one), _failed(one)
        )
    console.print(table)
    for one in found.sets:
        if len(one.by_category) > 1:
            console.print(_categories(one))
    console.print(Text("；".join(_figures(found))))


def comparison(found: Comparison, console: Console) -> None:
    ours, theirs = found.candidate.identity.model, found.baseline.identity.model
    table = _table("逐题对比", "题集", escape(theirs), escape(ours), "差", "95% 区间", "变对", "变错", "p")
    for one in found.sets:
        paired = one.difference
        cells = ("—",) * 5
        if paired:
            low, high = paired.interval
            interval = f"{points(low)} ~ {points(high)}"
            cells = (points(paired.mean), interval, str(paired.gained), str(paired.lost), f"{paired.p:.3g}")
        table.add_row(Text(one.title), percent(one.rate_before), percent(one.rate), *cells)
    console.print(table)
    if found.unpaired:
        console.print(Text(f"只有一边考过、没有比的：{'、'.join(found.unpaired)}。"))
    regressions(found.worst, found.regressions, console)


def regressions(worst: Sequence[Regression], count: int, console: Console) -> None:
    """The *worst* of *count*, each with both replies."""
    if worst:
        console.print(Text(f"原来对、现在错的有 {count} 题，最要紧的 {len(worst)} 题："))
    for one in worst:
        console.print(_regression(one))


def percent(rate: float) -> str:
    return f"{rate * 100:.1f}%"


def points(difference: float) -> str:
    """A difference of rates in points, with its sign."""
    return f"{difference * 100:+.1f}"


def _regression(one: Regression) -> Panel:
    now = f"（没有回答：{one.problem}）" if one.problem else one.now or "（空）"
    body = Text.assemble(
        one.input,
        "\n\n",
        "答案：",
        (one.key, "green"),
        "\n",
        "原来：",
        (one.before, "green"),
        "\n",
        "现在：",
        (now, "red"),
    )
    title = Text(f"{one.title}{'：' + one.category if one.category else ''}")
    return Panel(body, title=title, title_align="left")


def _categories(one: SetReport) -> Table:
    table = _table(f"{one.title}，按类别", "类别", "题数", "答对", "95% 区间")
    ordered = sorted(one.by_category.items(), key=lambda pair: (-pair[1].n, pair[0]))
    for name, told in ordered[:_MOST]:
        table.add_row(Text(_CATEGORIES.get(name, name)), str(told.n), percent(told.rate), _interval(told))
    rest = ordered[_MOST:]
    if rest:
        n, right = sum(told.n for _, told in rest), sum(told.right for _, told in rest)
        table.add_row(f"其余 {len(rest)} 类", str(n), percent(right / n), "")
    return table


def _figures(found: Report) -> list[str]:
    figures = [f"格式对 {percent(found.formatted.rate)}"] if found.formatted else []
    if found.latency:
        figures.append(f"一次回答 {found.latency.p50_ms:.0f} 毫秒（95% 在 {found.latency.p95_ms:.0f} 毫秒内）")
    if found.size_bytes is not None:
        figures.append(f"模型 {size(found.size_bytes)}")
    return [*figures, f"用时 {found.seconds:.1f} 秒，{sum(one.total.n for one in found.sets)} 题"]


def _interval(told: Tally) -> str:
    return f"{told.low * 100:.1f} ~ {told.high * 100:.1f}"


def _formatted(one: SetReport) -> str:
    return percent(one.formatted.rate) if one.formatted else "—"


def _failed(one: SetReport) -> Text:
    return Text(str(one.failed), style="red") if one.failed else Text("0")


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=Text(title), title_justify="left", box=box.SIMPLE)
