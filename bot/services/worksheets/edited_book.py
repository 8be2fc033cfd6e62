"""Worksheets that came back from people, Excel and WPS: their rows, streamed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.services.importing.cells import CellValue, decoded
from bot.services.importing.package import DAMAGED, damage_reported, open_package
from bot.services.importing.reader import content_of
from bot.services.importing.rows import UnreadableFile
from bot.services.importing.tables import MAX_COLUMNS, Cell, SheetRow

_LAST_ROW = 1_048_576
_MAX_PARTS = {"xl/styles.xml": 16 << 20, "xl/workbook.xml": 16 << 20, "xl/sharedStrings.xml": 128 << 20}
"""Bytes of the parts that openpyxl keeps in memory as a whole."""
_BROKEN = (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, InvalidFileException)
"""openpyxl checks little: a broken part shows as whatever its parser trips over."""
_PICTURE = re.compile(r"DISPIMG\(|IMAGE\(", re.IGNORECASE)
_MERGE = re.compile(rb"<(?:\w{1,20}:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_CHUNK = 1 << 20
_OVERLAP = 300
_MAX_MERGED_ROWS = 300_000


class EditedSheet:
    """One sheet; its rows are read from the file each time that they are asked for."""

    def __init__(self, path: Path, sheet: Any) -> None:
        self._path = path
        self._sheet = sheet
        self.title = str(sheet.title)

    def rows(self) -> Iterator[SheetRow]:
        """The rows up to the last one with content, those without any too.

        Raises:
            UnreadableFile: damage in the sheet.
        """
        # The declared extent may be wrong or absurd; the cells themselves decide.
        self._sheet.reset_dimensions()
        blank: int | None = None
        found = cast("Iterator[Any]", self._sheet.iter_rows(max_row=_LAST_ROW, max_col=MAX_COLUMNS))
        for number, cells in enumerate(_guarded(found), 1):
            filled = [at for at, cell in enumerate(cells) if cell.value is not None]
            row = SheetRow(number, [_cell(cell) for cell in cells[: filled[-1] + 1]] if filled else [])
            if not row.filled():
                blank = blank or number
                continue
            if blank:
                yield from (SheetRow(at, []) for at in range(blank, number))
                blank = None
            yield row

    def merged(self) -> dict[int, list[tuple[int, int, str]]]:
        """By row, the ranges of merged cells that cover several rows: first and last column from 0, and name.

        Raises:
            UnreadableFile: damage, or more of them than anybody merges.
        """
        place = str(self._sheet._worksheet_path)
        rows: dict[int, list[tuple[int, int, str]]] = {}
        with open_package(self._path) as package, package.open(place) as stream:
            before = b""
            while chunk := stream.read(_CHUNK):
                window = before + chunk
                kept = 0
                for found in _MERGE.finditer(window):
                    kept = found.end()
                    self._add(rows, *(part.decode("ascii") for part in found.groups()))
                before = window[max(kept, len(window) - _OVERLAP) :]
        return rows

    def _add(self, rows: dict[int, list[tuple[int, int, str]]], left: str, top: str, right: str, bottom: str) -> None:
        if top == bottom:
            return
        if int(bottom) - int(top) + len(rows) > _MAX_MERGED_ROWS:
            raise UnreadableFile("合并的单元格太多，请取消合并再转换")
        for number in range(int(top), int(bottom) + 1):
            rows.setdefault(number, []).append((_column(left), _column(right), f"{left}{top}:{right}{bottom}"))


@contextmanager
def opened(path: Path) -> Generator[list[EditedSheet]]:
    """The sheets of the Excel file at *path*, hidden ones too.

    Raises:
        UnreadableFile: no xlsx file, damaged, encrypted, too large or a zip bomb.
    """
    named_otherwise = path.is_file() and path.suffix.lower() not in (".xlsx", ".xlsm")
    if named_otherwise or content_of(path) != "xlsx":
        raise UnreadableFile("只能转换 xlsx 表格；题库文件先用 gongkao dataset split 变成表格")
    with open_package(path) as package:
        for part in package.infolist():
            if part.file_size > _MAX_PARTS.get(part.filename, part.file_size):
                raise UnreadableFile("表格里的文字或格式多得不正常，请拆开或另存一份再转换")
    book = _load(path)
    try:
        yield [EditedSheet(path, sheet) for sheet in cast("list[Any]", book.worksheets)]
    finally:
        book.close()


def _load(path: Path) -> Any:
    try:
        with damage_reported(), warnings.catch_warnings():
            # It warns of styles and validations it does not know; neither holds questions.
            warnings.simplefilter("ignore")
            return load_workbook(path, read_only=True, keep_links=False)
    except _BROKEN as error:
        raise UnreadableFile(DAMAGED) from error


def _guarded(rows: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            with damage_reported(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = next(rows, None)
        except _BROKEN as error:
            raise UnreadableFile(DAMAGED) from error
        if row is None:
            return
        yield row


def _cell(cell: Any) -> Cell:
    value = cast("CellValue", cell.value)
    if value is None:
        return Cell(None)
    if cell.data_type == "f":
        is_picture = _PICTURE.search(str(value))
        return Cell(str(value), trouble="单元格是图片" if is_picture else "单元格是公式，请改成文字")
    if cell.data_type == "e":
        return Cell(str(value), trouble="单元格里是 Excel 的错误值")
    if isinstance(value, str):
        return Cell(decoded(value))
    if isinstance(value, timedelta):
        return Cell(str(value), trouble="Excel 把这一格存成了时长，可能改动过原来写的（比如 30:20:10 这样的比）")
    return Cell(value, str(cell.number_format), int(cell.style_array.numFmtId))


def _column(name: str) -> int:
    at = 0
    for letter in name:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1
