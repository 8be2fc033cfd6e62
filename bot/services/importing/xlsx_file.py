"""The original project's Excel layout: stem in column A, answer in column B."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.services.importing.cells import CellValue, Unclear, typed_text
from bot.services.importing.package import DAMAGED, damage_reported, open_package
from bot.services.importing.pairs import pair
from bot.services.importing.rows import Aside, Item, Rejected, UnreadableFile, excerpt

_MAX_ROWS = 1_048_576
_MAX_COLUMNS = 16
_STEM_HEADER = re.compile(r"column ?1|题干|题目|问题|试题|stem|question|input", re.IGNORECASE)
_ANSWER_HEADER = re.compile(r"column ?2|答案|正确答案|参考答案|answer|output", re.IGNORECASE)


def read_xlsx(path: Path) -> Iterator[Item]:
    """The rows of all sheets, in order; rows without any content are none.

    Raises:
        UnreadableFile: see :func:`bot.services.importing.package.open_package`.
    """
    with open_package(path):
        pass
    try:
        with damage_reported():
            yield from _read(path)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, InvalidFileException) as error:
        # openpyxl checks little: a broken part shows as whatever its parser trips over.
        raise UnreadableFile(DAMAGED) from error


def _read(path: Path) -> Iterator[Item]:
    with warnings.catch_warnings():
        # It warns of styles and validations it does not know; neither holds questions.
        warnings.simplefilter("ignore")
        book = load_workbook(path, read_only=True)
    try:
        sheets = cast("list[Any]", book.worksheets)
        several = sum(1 for sheet in sheets if _has_rows(sheet)) > 1
        for sheet in sheets:
            yield from _sheet_rows(sheet, str(sheet.title) if several else "")
    finally:
        book.close()


def _has_rows(sheet: Any) -> bool:
    rows = sheet.iter_rows(max_row=_MAX_ROWS, max_col=_MAX_COLUMNS, values_only=True)
    return any(value is not None for row in rows for value in row)


def _sheet_rows(sheet: Any, name: str) -> Iterator[Item]:
    # The declared extent may be wrong or absurd; the cells themselves decide.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(max_row=_MAX_ROWS, max_col=_MAX_COLUMNS), 1):
        filled = [cell for cell in cells if cell.value is not None and str(cell.value).strip()]
        if filled:
            yield _row(number, cells, filled, name)


def _row(number: int, cells: Any, filled: list[Any], sheet: str) -> Item:
    shown = excerpt(" | ".join(str(cell.value) for cell in filled))
    first, second = (str(cells[at].value or "").strip() if len(cells) > at else "" for at in (0, 1))
    if number == 1 and len(filled) == 2 and _STEM_HEADER.fullmatch(first) and _ANSWER_HEADER.fullmatch(second):
        return Aside(number, shown, sheet)
    if any(cell.column > 2 for cell in filled):
        return Rejected(number, "B 列之后还有内容；目前只认 A 列题干、B 列答案", shown, sheet)
    try:
        stem = _text(cells[0], stem="")
        answer = _text(cells[1], stem=stem) if len(cells) > 1 else ""
    except Unclear as error:
        return Rejected(number, str(error), shown, sheet)
    return pair(number, stem, answer, sheet=sheet, through_excel=True)


def _text(cell: Any, *, stem: str) -> str:
    if cell.data_type == "f":
        raise Unclear("单元格是公式，请改成文字")
    if cell.data_type == "e":
        raise Unclear("单元格里是 Excel 的错误值")
    value = cast("CellValue", cell.value)
    if value is None:
        return ""
    format_id = int(cell.style_array.numFmtId)
    return typed_text(value, str(cell.number_format), format_id, stem=stem)
