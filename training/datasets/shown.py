"""Showing versions to a person: tables, bars, conversations, a plot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.bar import Bar
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from inference.prompts import Turn
from local_time import local
from store.models import DatasetVersion
from training.datasets.comparing import Changes
from training.datasets.samples import STYLES
from training.datasets.versions import Version

KINDS = {"short": "简答", "single": "单选", "multiple": "多选", "judge": "判断"}
_CHANGES = {"added": "新增", "removed": "拿掉", "answer": "改了答案", "side": "换了边"}
_MOST = 15
_WIDTH = 30
_WIDE = str.maketrans(",;:?!()", "，；：？！（）")
_CHINESE = r"[\u3400-\u9fff“”‘’《》、。…]"
_BESIDE_CHINESE = re.compile(rf"(?<={_CHINESE}) ?[,;:?!()]+|[,;:?!()]+(?={_CHINESE})")
_EMPTY_BRACKETS = re.compile(r"\( ?\)")


def versions(rows: Iterable[DatasetVersion], console: Console) -> None:
    table = _table("训练集", "版本", "训练题", "留出题", "样本", "纠错", "哪一轮在用", "构建于", "sha256")
    for row in rows:
        told = row.manifest
        table.add_row(
            row.name,
            str(told["questions"]["train"].get("total", 0)),
            str(told["questions"]["holdout"].get("total", 0)),
            str(told["samples"]["lines"]),
            str(told["corrections"]["used"]),
            row.round or "",
            f"{local(row.built_at):%Y-%m-%d %H:%M}",
            row.sha256[:12],
        )
    console.print(table)


def stats(version: Version, console: Console) -> None:
    """Counts and bars of one version."""
    for title, counts in _charts(version):
        console.print(_bars(title, counts))
    told = version.manifest
    console.print(Text(f"纠错 {told['corrections']['used']} 条；种子 {told['seed']}；题库 {told['bank']['rows']} 题。"))
    for source, note in told["licences"].items():
        console.print(Text(f"  {source}：{note}", style="dim"))


def _charts(version: Version) -> list[tuple[str, dict[str, int]]]:
    told = version.manifest
    train, holdout = told["questions"]["train"], told["questions"]["holdout"]
    charts = [
        ("两边的题", {"训练": train.get("total", 0), "留出": holdout.get("total", 0)}),
        ("训练题的来源", train.get("source", {})),
        ("训练题的类别", train.get("category", {})),
        ("训练题的题型", _renamed(train.get("kind", {}), KINDS)),
        ("样本的样式", _renamed(told["samples"]["style"], STYLES)),
        ("一题写几遍", told["weights"]),
        ("没有用的题", told["left_out"]),
    ]
    return [(title, counts) for title, counts in charts if counts]


def changes(before: Version, after: Version, found: Changes, console: Console) -> None:
    if not found.questions and found.corrections[0] == found.corrections[1]:
        console.print(f"{before.name} 和 {after.name} 的题一样。")
    table = _table(f"{before.name} → {after.name}", "变化", "题数", "来源", "类别")
    for change, word in _CHANGES.items():
        if count := found.questions[change]:
            by_source = {name: n for (kind, name), n in found.by_source.items() if kind == change}
            by_category = {name: n for (kind, name), n in found.by_category.items() if kind == change}
            table.add_row(word, str(count), _listed(by_source), _listed(by_category))
    console.print(table)
    styles = _table("样本", "样式", before.name, after.name, "差")
    for style, (old, new) in found.samples.items():
        styles.add_row(STYLES.get(style, style), str(old), str(new), f"{new - old:+}")
    console.print(styles)
    old, new = found.corrections
    console.print(f"纠错：{old} → {new}（{new - old:+}）")


def conversations(found: Sequence[tuple[str, Turn]], console: Console) -> None:
    for style, turn in found:
        body = Group(Text(_readable(turn["input"])), Text(), Text(turn["output"], style="green"))
        console.print(Panel(body, title=STYLES.get(style, style), title_align="left"))


def _readable(text: str) -> str:
    """A prompt, which has every sign at half width, as Chinese is printed; figures and Latin words keep theirs."""
    whole = _EMPTY_BRACKETS.sub("（　）", text)
    return _BESIDE_CHINESE.sub(lambda sign: sign[0].lstrip().translate(_WIDE), whole)


def _listed(counts: Mapping[str, int]) -> str:
    return "\n".join(f"{name} {count}" for name, count in _shortened(counts))


def _shortened(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Largest first; the small ones together."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ordered[_MOST:])
    return ordered[:_MOST] + ([("其余", rest)] if rest else [])


def _renamed(counts: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    return {names.get(name, name): count for name, count in counts.items()}


def _bars(title: str, counts: Mapping[str, int]) -> Table:
    table = _table(title, "", "", "")
    table.show_header = False
    table.columns[1].justify = "right"
    most = max(counts.values())
    for name, count in _shortened(counts):
        table.add_row(Text(name), str(count), Bar(most, 0, count, width=_WIDTH))
    return table


def _table(title: str, *columns: Any) -> Table:
    return Table(*columns, title=title, title_justify="left", box=box.SIMPLE)
