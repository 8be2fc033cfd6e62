"""A question file to a worksheet that a person can edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook

from bot.services.exporting.drafts import ExportFailed, drafts
from bot.services.importing.reader import read
from bot.services.importing.rows import Layout, Row
from bot.services.worksheets import names
from bot.services.worksheets.cell_text import MAX_CELL, holdable
from bot.services.worksheets.question_columns import QuestionColumns
from bot.services.worksheets.source_lines import Quoted, beside_tables, lines_of, made_whole, others, unread
from bot.services.worksheets.text_sheet import TextSheet

_MAX_ROWS = 1_048_575
"""Excel's rows less the header."""
_PIECES = ((names.NUMBER, 9), (names.SHEET, 12), ("原因", 30), ("原文", 90), (names.REMARK, 30))
_LINES = ((names.NUMBER, 9), (names.SHEET, 12), ("原文", 90), (names.REMARK, 30))
_NOT_WHOLE = "这里只有开头，全文见原文件"
_REPLACED = "有表格放不下的字符，换成了 \ufffd"


@dataclass(slots=True)
class Split:
    """What was written."""

    file: Path
    out: Path
    kinds: Counter[str] = field(default_factory=Counter[str])
    """Questions of each kind, as ``Row.kind``."""
    unanswered: int = 0
    """Questions without a key among them: nothing can be trained on these yet."""
    unread: Counter[str] = field(default_factory=Counter[str])
    """Pieces that are questions and could not be read, by reason."""
    other_lines: int = 0
    replaced: int = 0
    """Rows of any sheet with characters that xlsx cannot hold."""
    layouts: list[str] = field(default_factory=list[str])
    """How the file, or each of its sheets, was understood; Chinese."""

    @property
    def questions(self) -> int:
        return self.kinds.total()


def split_file(file: Path, out: Path, *, force: bool = False) -> Split:
    """Write the questions of *file* to the worksheet *out*, and beside them all that is no question.

    Raises:
        UnreadableFile: *file* cannot be read; see :func:`bot.services.importing.reader.read`.
        ExportFailed: *out* is there and *force* is not given, or cannot be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise ExportFailed("题目表要写到 .xlsx 文件")
    if out.exists() and file.exists() and out.samefile(file):
        raise ExportFailed("不能写回原来的文件，请用 -o 给另一个名字")
    found = read(file)
    with drafts([out], force=force) as (draft,):
        items = list(found)
        lines = lines_of(file, items)
        rows, too_long = _that_fit([item for item in items if isinstance(item, Row)])
        done = Split(file, out)
        done.layouts = [
            f"{item.sheet}：{item.text}" if item.sheet else item.text for item in items if isinstance(item, Layout)
        ]
        book = Workbook(write_only=True)
        _write_questions(book, rows, done)
        _write_guide(book)
        _write_unread(book, made_whole([*unread(items, lines), *too_long], file), done)
        _write_others(book, made_whole([*others(items, lines), *beside_tables(file, items)], file), done)
        if max(done.questions, done.unread.total(), done.other_lines) > _MAX_ROWS:
            raise ExportFailed(f"超过 Excel 能放的 {_MAX_ROWS} 行，请把原文件拆开")
        book.save(draft)
    return done


def _that_fit(rows: Sequence[Row]) -> tuple[list[Row], list[Quoted]]:
    """The rows whose texts fit into cells, and the others."""
    fit: list[Row] = []
    too_long: list[Quoted] = []
    for row in rows:
        lists = ("\n".join(row.aliases), "\n".join(row.also_asked))
        texts = (row.stem, *row.options, row.answer, row.explanation, row.material, *lists)
        if max(map(len, texts)) > MAX_CELL:
            reason = f"有一格超过 Excel 能放的 {MAX_CELL} 字"
            too_long.append(Quoted(row.number, row.sheet, row.stem[:MAX_CELL], reason, whole=False))
        else:
            fit.append(row)
    return fit, too_long


def _write_questions(book: Workbook, rows: Sequence[Row], done: Split) -> None:
    columns = QuestionColumns(rows)
    sheet = TextSheet(book, names.QUESTIONS, columns.widths)
    for row in rows:
        texts = columns.texts(row)
        cleared = [holdable(text) for text in texts]
        if cleared != texts:
            done.replaced += 1
            cleared[-1] = _REPLACED
        sheet.add(cleared)
        done.kinds[row.kind] += 1
        done.unanswered += not row.answer


def _write_guide(book: Workbook) -> None:
    sheet = TextSheet(book, names.GUIDE, [("怎么改这张表", 100)])
    for line in names.GUIDE_LINES:
        sheet.add([line])


def _write_unread(book: Workbook, pieces: Sequence[Quoted], done: Split) -> None:
    sheet = TextSheet(book, names.UNREAD, _PIECES)
    for piece in pieces:
        text, remark = _text_and_remark(piece, done)
        sheet.add([str(piece.number), holdable(piece.sheet), piece.reason, text, remark])
        done.unread[piece.reason] += 1


def _write_others(book: Workbook, pieces: Sequence[Quoted], done: Split) -> None:
    sheet = TextSheet(book, names.OTHERS, _LINES)
    for piece in pieces:
        text, remark = _text_and_remark(piece, done)
        sheet.add([str(piece.number), holdable(piece.sheet), text, remark])
        done.other_lines += 1


def _text_and_remark(piece: Quoted, done: Split) -> tuple[str, str]:
    text = holdable(piece.text)
    done.replaced += text != piece.text
    remarks = ([] if piece.whole else [_NOT_WHOLE]) + ([_REPLACED] if text != piece.text else [])
    return text[:MAX_CELL], "；".join(remarks)
