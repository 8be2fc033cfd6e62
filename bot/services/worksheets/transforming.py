"""An edited worksheet to a data set for XTuner, and a report on every row of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from bot.services.exporting.drafts import ExportFailed, drafts
from bot.services.importing.rows import Row, UnreadableFile
from bot.services.importing.tables import MAX_ROWS, SheetRow
from bot.services.importing.texts import storable
from bot.services.worksheets import names
from bot.services.worksheets.edited_book import EditedSheet, opened
from bot.services.worksheets.edited_row import Remark, RowChecker
from bot.services.worksheets.header import HEADER_WITHIN, Header, header_of
from bot.services.worksheets.report import ReportWriter
from inference.prompts import Turn, answer_text, question_text, training_turn
from paper.excerpts import excerpt

_NO_HEADER = "没有找到写着“题干”和“答案”的表头；题库文件先用 gongkao dataset split 变成表格"


@dataclass(slots=True)
class Transformed:
    """What was written, and what not."""

    file: Path
    out: Path
    report: Path
    sheet: str
    """Name of the sheet with the questions."""
    written: int = 0
    problems: int = 0
    """Rows that are not in the data set."""
    empty: int = 0
    notes: int = 0
    """Written rows that are worth a look."""
    kinds: Counter[str] = field(default_factory=Counter[str])
    """Written questions of each kind, as ``Row.kind``."""
    reasons: Counter[str] = field(default_factory=Counter[str])
    """Of the problems, with the column where they are."""
    unused_columns: list[str] = field(default_factory=list[str])
    """Columns with content that nothing was made of, known ones like 编号 aside."""
    unread_sheets: dict[str, int] = field(default_factory=dict[str, int])
    """Other sheets than the program's own, and how many rows they have."""

    @property
    def rows(self) -> int:
        """Rows below the header: written, problems and empty ones."""
        return self.written + self.problems + self.empty


def report_path(out: Path) -> Path:
    """Where the report on the data set *out* goes."""
    return out.with_name(f"{out.stem}.报告.csv")


def turn_of(question: Row, system: str | None = None) -> Turn:
    """The training turn of *question*; *system* stands in for the project's system prompt."""
    turn = training_turn(
        question_text(question.stem, question.options, question.material),
        answer_text(question.kind, question.answer, question.options, explanation=question.explanation),
    )
    return turn if system is None else {**turn, "system": system}


def transform_file(file: Path, out: Path, *, system: str | None = None, force: bool = False) -> Transformed:
    """Write the questions of the worksheet *file* to *out*, one conversation a line, and the report beside it.

    Raises:
        UnreadableFile: *file* cannot be read as a worksheet.
        ExportFailed: one of the two files is there and *force* is not given, or cannot be written.
    """
    report = report_path(out)
    if system is not None and not storable(system):
        raise ExportFailed("--system 里有不能保存的字符")
    if any(place.exists() and file.exists() and place.samefile(file) for place in (out, report)):
        raise ExportFailed("不能写回原来的文件，请用 -o 给另一个名字")
    with opened(file) as sheets, drafts([out, report], force=force) as (lines, remarks):
        sheet, header, rows = _questions_of(sheets)
        done = Transformed(file, out, report, sheet.title)
        with lines.open("w", encoding="utf-8", newline="\n") as stream, ReportWriter(remarks) as writer:
            run = _Run(header, RowChecker(header, sheet.merged()), system, stream, writer, done)
            run.add(rows)
        if not done.written + done.problems:
            raise UnreadableFile(f"工作表“{sheet.title}”的表头下面没有题目")
        done.unread_sheets = _unread(sheets, sheet)
    return done


class _Run:
    def __init__(
        self,
        header: Header,
        checker: RowChecker,
        system: str | None,
        stream: TextIO,
        report: ReportWriter,
        done: Transformed,
    ) -> None:
        self._header = header
        self._checker = checker
        self._system = system
        self._stream = stream
        self._report = report
        self._done = done

    def add(self, rows: Iterable[SheetRow]) -> None:
        """Write what the rows of the sheet mean, each as it comes."""
        header, done, report = self._header, self._done, self._report
        filled: set[int] = set()
        for row in rows:
            if row.number < header.row or header.is_header(row):
                report.add("header", row.number, stem=excerpt(row.line()))
                continue
            filled.update(row.filled())
            if self._checker.is_empty(row):
                done.empty += 1
                report.add("empty", row.number, number=self._number(row))
                continue
            self._add(row)
            if done.written + done.problems > MAX_ROWS:
                raise UnreadableFile(f"表格超过 {MAX_ROWS} 行，请拆开再转换")
        done.unused_columns = [header.label(at) for at in sorted(filled) if header.is_unknown(at)]

    def _add(self, row: SheetRow) -> None:
        header, done = self._header, self._done
        checked = self._checker.check(row)
        if checked.question is None:
            done.problems += 1
            # A row counts once, under the first thing that is wrong with it.
            first = checked.troubles[0]
            done.reasons[f"{first.column}：{first.reason}"] += 1
            remarks = checked.troubles
        else:
            turn = turn_of(checked.question, self._system)
            self._stream.write(json.dumps({"conversation": [turn]}, ensure_ascii=False) + "\n")
            done.written += 1
            done.kinds[checked.question.kind] += 1
            done.notes += bool(checked.notes)
            remarks = checked.notes
        self._report.add(
            "problem" if checked.question is None else "written",
            row.number,
            number=self._number(row),
            remarks=_pairs(remarks),
            stem=excerpt(row.shown(header.stem)),
            answer=excerpt(row.shown(header.answer)),
        )

    def _number(self, row: SheetRow) -> str:
        return "" if self._header.number is None else row.shown(self._header.number)


def _questions_of(sheets: Sequence[EditedSheet]) -> tuple[EditedSheet, Header, Iterable[SheetRow]]:
    """The sheet with the questions, its header, and all its rows.

    Raises:
        UnreadableFile: there is none.
    """
    named = [sheet for sheet in sheets if sheet.title.strip() == names.QUESTIONS]
    for sheet in named or [sheet for sheet in sheets if sheet.title not in names.OURS]:
        rows = sheet.rows()
        first: list[SheetRow] = []
        while len([row for row in first if row.cells]) < HEADER_WITHIN and (found := list(islice(rows, 1))):
            first += found
        if header := header_of(first, sheet.title):
            return sheet, header, chain(first, rows)
    raise UnreadableFile(f"工作表“{names.QUESTIONS}”里{_NO_HEADER}" if named else _NO_HEADER)


def _unread(sheets: Sequence[EditedSheet], read: EditedSheet) -> dict[str, int]:
    counts = {
        sheet.title: sum(bool(row.cells) for row in sheet.rows())
        for sheet in sheets
        if sheet is not read and sheet.title not in names.OURS
    }
    return {title: count for title, count in counts.items() if count}


def _pairs(remarks: Sequence[Remark]) -> list[tuple[str, str]]:
    return [(remark.column, remark.reason) for remark in remarks]
