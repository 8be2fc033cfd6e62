"""Word tables that hold a question a row, read as sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.services.importing.docx_text import Paragraph
from bot.services.importing.tables.cell import MAX_COLUMNS, Cell, SheetRow
from bot.services.importing.tables.header import header_roles

_MOSTLY = 0.6
"""Share of a document's text that must stand in tables."""
_HEADER_AMONG = 3
"""First rows of which one must be a header: a table may also just lay out a paper."""


@dataclass(frozen=True, slots=True)
class TableSheet:
    """All tables of a document below each other."""

    table: Sequence[SheetRow]
    name: str = ""

    def rows(self) -> Iterator[SheetRow]:
        return (row for row in self.table if row.filled())


def table_sheet(paragraphs: Sequence[Paragraph]) -> TableSheet | None:
    """The document's tables, when most of it is tables with a header that names stem and answer or options."""
    written = sum(len(paragraph.text) for paragraph in paragraphs)
    tabled = sum(len(paragraph.text) for paragraph in paragraphs if paragraph.row)
    if not tabled or tabled < written * _MOSTLY:
        return None
    table = [
        _row(number, list(group))
        for number, (row, group) in enumerate(groupby(paragraphs, key=lambda one: one.row), 1)
        if row
    ]
    sheet = TableSheet(table)
    if any({"stem", "answer"} <= set(header_roles(row).values()) for row in table[:_HEADER_AMONG]):
        return sheet
    return None


def _row(number: int, paragraphs: Sequence[Paragraph]) -> SheetRow:
    cells = ["\n".join(one.text for one in cell) for _, cell in groupby(paragraphs, key=lambda one: one.cell)]
    return SheetRow(number, [Cell(text) for text in cells[:MAX_COLUMNS]])
