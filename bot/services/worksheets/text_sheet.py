"""Sheets whose every cell is text: nothing in them turns into a number, a day or a formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from bot.services.worksheets.cell_text import stored

_TEXT = "@"


class TextSheet:
    """Rows go to disk as they come, below a header that stays in sight.

    Cells hold strings in Excel's text format, so that ``2:8:3``, ``007`` and ``=1+1`` stay
    what they are; whole columns have it too, for what somebody types into an empty cell.
    """

    def __init__(self, book: Workbook, title: str, columns: Sequence[tuple[str, float]]) -> None:
        """*columns*: the name over each, and its width in characters."""
        sheet: Any = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}1"
        for at, (_, width) in enumerate(columns, 1):
            dimension = sheet.column_dimensions[get_column_letter(at)]
            dimension.width = width
            dimension.number_format = _TEXT
            dimension.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.append([_heading(sheet, name) for name, _ in columns])
        self._sheet = sheet
        # Rows are written at once, so one cell a column serves them all.
        self._cells = [_text_cell(sheet) for _ in columns]

    def add(self, texts: Sequence[str]) -> None:
        """A row of *texts*, all of them holdable and short enough for a cell."""
        self._sheet.append(
            [_filled(cell, text) if text else None for cell, text in zip(self._cells, texts, strict=True)]
        )


def _filled(cell: Any, text: str) -> Any:
    # Given as a value, =1+1 would become a formula and #N/A an error, and codes in the text would count as length.
    cell._value = stored(text)
    cell.data_type = "s"
    return cell


def _text_cell(sheet: Any) -> Any:
    cell: Any = WriteOnlyCell(sheet)
    cell.number_format = _TEXT
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _heading(sheet: Any, name: str) -> Any:
    cell: Any = WriteOnlyCell(sheet, name)
    cell.data_type = "s"
    cell.number_format = _TEXT
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFE8EEF7")
    cell.alignment = Alignment(horizontal="center", vertical="center")
    return cell
