"""Questions as an Excel table, one a row, texts as texts whatever they begin with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from bot.services.exporting.drafts import ExportFailed
from bot.services.exporting.words import KINDS, LETTERS, printable
from store.bank_reading import Entry, Extent

_MAX_CELL = 32_767
_NOT_TEXT = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠", "#")
"""First characters of what a spreadsheet may take for a formula, or openpyxl for an error value (#N/A)."""
_WIDTHS = {"序号": 7, "题型": 8, "题干": 60, "答案": 14, "解析": 50, "分类": 10, "难度": 6, "来源": 16, "有效期": 12}
_OPTION_WIDTH = 20


class XlsxWriter:
    """Rows go to disk as they come; the columns are decided beforehand by *extent*.

    Header: 序号 题型 题干 选项A… 答案 解析 分类 难度 来源 有效期, and 别名, 其他问法 (one a line)
    and 材料 where some question has one, and *more*. A text that a spreadsheet would take for a formula is
    stored as text with Excel's quote prefix; nothing is added to what it says.
    """

    def __init__(self, path: Path, extent: Extent, more: Sequence[str] = ()) -> None:
        """*more* are titles of columns whose cells come with :meth:`add`."""
        self._path = path
        self._extent = extent
        self._number = 0
        self._book = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("题库")
        header = [
            *("序号", "题型", "题干"),
            *(f"选项{letter}" for letter in LETTERS[: extent.most_options]),
            *("答案", "解析", "分类", "难度", "来源", "有效期"),
            *(["别名"] if extent.aliases else []),
            *(["其他问法"] if extent.also_asked else []),
            *(["材料"] if extent.materials else []),
            *more,
        ]
        self._sheet.freeze_panes = "A2"
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}1"
        for column, title in enumerate(header, 1):
            width = _WIDTHS.get(title, _OPTION_WIDTH)
            self._sheet.column_dimensions[get_column_letter(column)].width = width
        self._sheet.append([self._heading(title) for title in header])

    def add(self, entries: Sequence[Entry], more: Sequence[Sequence[str | int]] | None = None) -> None:
        """*more* holds the further cells of each of *entries*."""
        for at, entry in enumerate(entries):
            self._number += 1
            values = [*self._values(entry), *(more[at] if more else ())]
            self._sheet.append([self._cell(value) for value in values])

    def close(self) -> None:
        self._book.save(self._path)

    def abandon(self) -> None:
        # openpyxl's half-written sheet would complain later, and leave its temporary file until the end.
        self._sheet.close()
        self._sheet._writer.cleanup()

    def _values(self, entry: Entry) -> list[str | int | None]:
        missing = self._extent.most_options - len(entry.options)
        return [
            self._number,
            KINDS.get(entry.kind, entry.kind),
            entry.stem,
            *entry.options,
            *[""] * missing,
            entry.answer,
            entry.explanation,
            entry.category,
            entry.difficulty,
            entry.source,
            entry.valid_until.isoformat() if entry.valid_until else "",
            *(["\n".join(entry.aliases)] if self._extent.aliases else []),
            *(["\n".join(entry.also_asked)] if self._extent.also_asked else []),
            *([entry.material] if self._extent.materials else []),
        ]

    def _cell(self, value: str | int | None) -> Any:
        if not isinstance(value, str):
            return value
        text = printable(value)
        if len(text) > _MAX_CELL:
            raise ExportFailed(f"表格第 {self._number + 1} 行有一格超过 Excel 能放的 {_MAX_CELL} 字，请导出成 jsonl")
        if not text.startswith(_NOT_TEXT):
            return text or None
        cell: Any = WriteOnlyCell(self._sheet, text)
        cell.data_type = "s"
        cell.quotePrefix = True
        return cell

    def _heading(self, title: str) -> Any:
        cell: Any = WriteOnlyCell(self._sheet, title)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFE8EEF7")
        cell.alignment = Alignment(horizontal="center", vertical="center")
        return cell
