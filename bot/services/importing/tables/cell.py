"""Cells and sheets as every table file gives them, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.services.importing.cells import CellValue, Unclear, typed_text

MAX_COLUMNS = 48
"""Columns looked at; the widest exam templates have about thirty."""
MAX_ROWS = 300_000
"""Rows with content over all sheets of a file."""

_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its value and, where Excel stored it, how it is displayed."""

    value: CellValue
    number_format: str = "General"
    format_id: int = 0
    trouble: str = ""
    """Chinese; why the value cannot be trusted (a formula, an error). Empty when it can."""

    def text(self, stem: str = "") -> str:
        """What was typed; *stem* is the question that the cell belongs to.

        Raises:
            Unclear: it cannot be told; the message is Chinese.
        """
        if self.trouble:
            raise Unclear(self.trouble)
        return typed_text(self.value, self.number_format, self.format_id, stem=stem).strip()

    @property
    def shown(self) -> str:
        """The value as it is, for recognising columns and for excerpts."""
        if self.value is None:
            return ""
        if isinstance(self.value, str):
            return self.value.strip()
        if isinstance(self.value, float) and self.value.is_integer() and abs(self.value) < 1e15:
            return str(int(self.value))
        return str(self.value).strip()


EMPTY = Cell(None)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet, cells from column A on; cells past the last one are empty."""

    number: int
    """Counted from 1."""
    cells: Sequence[Cell]

    def cell(self, column: int) -> Cell:
        """The cell of *column*, counted from 0."""
        return self.cells[column] if column < len(self.cells) else EMPTY

    def shown(self, column: int) -> str:
        return self.cell(column).shown

    def filled(self) -> list[int]:
        """Columns with content."""
        return [column for column, cell in enumerate(self.cells) if cell.shown]

    def line(self) -> str:
        """All content on one line, cut to what an excerpt needs."""
        return " | ".join(text[:_SHOWN] for cell in self.cells if (text := cell.shown))


class Sheet(Protocol):
    """One sheet of a file; its rows are read once, from the top, as they are asked for."""

    @property
    def name(self) -> str:
        """As the person sees it; empty where a file has only one sheet."""
        ...

    def rows(self) -> Iterator[SheetRow]:
        """Rows with content, in order."""
        ...


def column_name(column: int) -> str:
    """``A`` for 0, ``AA`` for 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
