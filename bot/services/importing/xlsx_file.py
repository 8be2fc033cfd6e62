"""Excel files of today (xlsx, xlsm): their sheets, streamed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.services.importing.cells import CellValue, decoded
from bot.services.importing.package import DAMAGED, damage_reported, open_package
from bot.services.importing.rows import Item, UnreadableFile
from bot.services.importing.tables import MAX_COLUMNS, Cell, SheetRow, read_sheets

_LAST_ROW = 1_048_576
_MAX_PARTS = {"xl/styles.xml": 16 << 20, "xl/workbook.xml": 16 << 20, "xl/sharedStrings.xml": 128 << 20}
"""Bytes of the parts that openpyxl keeps in memory as a whole."""
_PICTURE = re.compile(r"DISPIMG\(|IMAGE\(", re.IGNORECASE)


def read_xlsx(path: Path) -> Iterator[Item]:
    """The items of all sheets, hidden ones too, in order; macros and cached results of formulas are not looked at.

    Raises:
        UnreadableFile: see :func:`bot.services.importing.package.open_package`
            and :func:`bot.services.importing.tables.read_sheets`.
    """
    with open_package(path) as package:
        for part in package.infolist():
            if part.file_size > _MAX_PARTS.get(part.filename, part.file_size):
                raise UnreadableFile("表格里的文字或格式多得不正常，请拆开或另存一份再导入")
    try:
        with damage_reported():
            yield from _read(path)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, InvalidFileException) as error:
        # openpyxl checks little: a broken part shows as whatever its parser trips over.
        raise UnreadableFile(DAMAGED) from error


def _read(path: Path) -> Iterator[Item]:
    with warnings.catch_warnings():
        # It warns of styles and validations it does not know; neither holds questions.
        warnings.simplefilter("ignore")
        book = load_workbook(path, read_only=True, keep_links=False)
    try:
        sheets = [_XlsxSheet(sheet) for sheet in cast("list[Any]", book.worksheets)]
        filled = [sheet for sheet in sheets if next(sheet.rows(), None)]
        for sheet in filled:
            sheet.name = sheet.title if len(filled) > 1 else ""
        yield from read_sheets(filled)
    finally:
        book.close()


class _XlsxSheet:
    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.title = str(sheet.title)
        self.name = ""

    def rows(self) -> Iterator[SheetRow]:
        # The declared extent may be wrong or absurd; the cells themselves decide.
        self._sheet.reset_dimensions()
        for number, cells in enumerate(self._sheet.iter_rows(max_row=_LAST_ROW, max_col=MAX_COLUMNS), 1):
            filled = [at for at, cell in enumerate(cells) if cell.value is not None]
            if filled:
                row = SheetRow(number, [_cell(cell) for cell in cells[: filled[-1] + 1]])
                if any(cell.shown for cell in row.cells):
                    yield row


def _cell(cell: Any) -> Cell:
    value = cast("CellValue", cell.value)
    if value is None:
        return Cell(value)
    if cell.data_type == "s":
        return Cell(_text(str(value)))
    if cell.data_type == "f":
        is_picture = _PICTURE.search(str(value))
        return Cell(str(value), trouble="单元格是图片" if is_picture else "单元格是公式，请改成文字")
    if cell.data_type == "e":
        return Cell(str(value), trouble="单元格里是 Excel 的错误值")
    if isinstance(value, str):
        return Cell(_text(value))
    return Cell(value, str(cell.number_format), int(cell.style_array.numFmtId))


def _text(stored: str) -> str:
    return decoded(stored).replace("\r\n", "\n").replace("\r", "\n")
