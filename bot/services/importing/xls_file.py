"""Excel files of before 2007 (xls)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import xlrd
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError

from bot.services.importing.rows import Item, UnreadableFile
from bot.services.importing.tables import MAX_COLUMNS, Cell, SheetRow, read_sheets

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HEAD = 4096
_DAMAGED = "这个 xls 不完整或已损坏，请用 Excel 或 WPS 另存为 xlsx 再导入"
_FORMULA = {0x0006, 0x0206, 0x0406}
_BEGIN = {0x0009, 0x0209, 0x0409, 0x0809}
_END = 0x000A
_DAMAGE = (
    XLRDError,
    CompDocError,
    struct.error,
    AssertionError,
    AttributeError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    ArithmeticError,
    NotImplementedError,
    OSError,
)
"""What xlrd raises on broken files: it checks little."""


def read_xls(path: Path) -> Iterator[Item]:
    """The items of all sheets, hidden ones too, in order.

    Raises:
        UnreadableFile: damaged, encrypted or no xls at all, or see
            :func:`bot.services.importing.tables.read_sheets`.
    """
    _check(path)
    with open(os.devnull, "w") as log:  # noqa: PTH123
        try:
            # The formats tell a date from a number; sheets are unpacked one at a time.
            book: Any = xlrd.open_workbook(
                str(path), logfile=log, formatting_info=True, on_demand=True, ragged_rows=True
            )
        except _DAMAGE as error:
            raise UnreadableFile(_why(path, error)) from error
        with book:
            sheets = [_XlsSheet(book, at) for at in range(cast("int", book.nsheets))]
            filled = [sheet for sheet in sheets if next(sheet.rows(), None)]
            for sheet in filled:
                sheet.name = sheet.title if len(filled) > 1 else ""
            yield from read_sheets(filled)


def _check(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(_OLE) or (head[:1] == b"\x09" and head[1:2] in (b"\x00", b"\x02", b"\x04", b"\x08")):
        return
    if head.startswith(b"PK"):
        raise UnreadableFile("扩展名是 xls，内容却是 xlsx，请把扩展名改成 .xlsx 再导入")
    bare = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").lower()
    if bare.startswith((b"<", b"mime-version")):
        raise UnreadableFile("这个 xls 其实是网页，请用 Excel 或 WPS 打开后另存为 xlsx 再导入")
    if not head:
        raise UnreadableFile("文件是空的")
    is_text = b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))
    raise UnreadableFile("这个 xls 其实是文本，请另存为 csv 或 xlsx 再导入" if is_text else "文件内容不是 Excel 表格")


def _why(path: Path, error: Exception) -> str:
    with path.open("rb") as stream:
        content = stream.read()
    if _ENCRYPTED in content or "encrypted" in str(error):
        return "文件加了密，请先去掉密码再导入"
    if "Can't find workbook" in str(error):
        return "文件里没有 Excel 表格，可能是改了扩展名的旧版 Word 文件"
    return _DAMAGED


class _XlsSheet:
    def __init__(self, book: Any, at: int) -> None:
        self._book = book
        self._at = at
        self.title = str(book.sheet_names()[at])
        self.name = ""

    def rows(self) -> Iterator[SheetRow]:
        try:
            sheet: Any = self._book.sheet_by_index(self._at)
            formulas = self._formulas()
            for number in range(cast("int", sheet.nrows)):
                row = SheetRow(
                    number + 1,
                    [
                        Cell("", trouble="单元格是公式，请改成文字")
                        if (number, column) in formulas
                        else self._cell(cell)
                        for column, cell in enumerate(cast("list[Any]", sheet.row(number))[:MAX_COLUMNS])
                    ],
                )
                if row.filled():
                    yield row
        except _DAMAGE as error:
            raise UnreadableFile(_DAMAGED) from error
        finally:
            self._book.unload_sheet(self._at)

    def _cell(self, cell: Any) -> Cell:
        kind, value = int(cell.ctype), cell.value
        if kind == xlrd.XL_CELL_TEXT:
            return Cell(str(value))
        if kind == xlrd.XL_CELL_BOOLEAN:
            return Cell(bool(value))
        if kind == xlrd.XL_CELL_ERROR:
            return Cell("#", trouble="单元格里是 Excel 的错误值")
        if kind not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
            return Cell(None)
        format_id = int(self._book.xf_list[cell.xf_index].format_key)
        form = self._book.format_map.get(format_id)
        shown = str(form.format_str) if form else "General"
        number = float(value)
        if kind == xlrd.XL_CELL_DATE:
            moment = xlrd.xldate_as_datetime(number, self._book.datemode)
            return Cell(moment.time() if number < 1 else moment, shown, format_id)
        return Cell(number, shown, format_id)

    def _formulas(self) -> set[tuple[int, int]]:
        """Row and column, from 0, of the cells that hold formulas; xlrd shows only their last results."""
        content: Any = self._book.mem
        at, depth = int(self._book._sh_abs_posn[self._at]), 0
        found: set[tuple[int, int]] = set()
        while at + 4 <= len(content):
            code, length = struct.unpack_from("<HH", content, at)
            if code in _BEGIN:
                depth += 1
            elif code == _END:
                depth -= 1
                if depth <= 0:
                    break
            elif code in _FORMULA and depth == 1:
                found.add(struct.unpack_from("<HH", content, at + 4))
            at += 4 + length
        return found
