"""Which column of a sheet holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.importing.tables.cell import SheetRow, column_name


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns counted from 0; ``None`` where the sheet has no such column."""

    stem: int
    options: tuple[int | None, ...] = ()
    """One column for each option, in the order of their letters; ``None`` for a letter without a column."""
    joined: int | None = None
    """All options in one cell."""
    answer: int | None = None
    kind: int | None = None
    explanation: int | None = None
    category: int | None = None
    difficulty: int | None = None
    material: int | None = None
    unused: tuple[int, ...] = ()
    header: int = 0
    """Number of the header's row, 0 without one."""
    guessed: bool = False
    judging: bool = False
    """The answers say right or wrong and nothing else: statements to judge."""
    lettered: bool = False
    """The answers are letters of options."""
    counted_from: int | None = None
    """The answers are places of options, counted from this number."""
    title_rows: int = 0
    """Number of the last row above the questions of a sheet without a header."""
    numbered: bool = False
    """Stems carry running numbers of their own."""
    header_texts: tuple[str, ...] = ()
    """The header's cells, to know it again where it is repeated."""

    @property
    def is_pair(self) -> bool:
        """Only a stem and its answer in words, the original project's layout."""
        choice = self.options or self.joined is not None or self.kind is not None or self.lettered
        return self.answer is not None and not choice

    @property
    def starts_after(self) -> int:
        """Number of the last row that is none of the questions."""
        return max(self.header, self.title_rows)

    def is_header(self, row: SheetRow) -> bool:
        """Whether *row* repeats the header."""
        texts = self.header_texts
        return bool(texts) and row.shown(0) == texts[0] and tuple(cell.shown for cell in row.cells) == texts

    def describe(self) -> str:
        """One Chinese line for the person to confirm."""
        parts = [f"题干在 {column_name(self.stem)} 列"]
        if self.joined is not None:
            parts.append(f"选项都在 {column_name(self.joined)} 列")
        elif options := [column for column in self.options if column is not None]:
            parts.append(f"选项在 {_span(options)} 列")
        else:
            parts.append("没有选项列")
        for name, column in (
            ("答案", self.answer),
            ("题型", self.kind),
            ("解析", self.explanation),
            ("分类", self.category),
            ("难度", self.difficulty),
            ("材料", self.material),
        ):
            if column is not None:
                parts.append(f"{name}在 {column_name(column)} 列")
        if self.counted_from is not None:
            parts.append(f"答案是选项的序号，从 {self.counted_from} 数起")
        if self.answer is None:
            parts.append("没有答案列")
        start = f"第 {self.header} 行是表头：" if self.header else "没有表头，按内容看："
        unused = f"；没有用 {_span(self.unused)} 列" if self.unused else ""
        return start + "，".join(parts) + unused


def _span(columns: Sequence[int]) -> str:
    """``C 到 F``, or the single columns joined by ``、``."""
    if len(columns) > 2 and list(columns) == list(range(columns[0], columns[0] + len(columns))):
        return f"{column_name(columns[0])} 到 {column_name(columns[-1])}"
    return "、".join(map(column_name, columns))
