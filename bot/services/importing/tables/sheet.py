"""A file's sheets to items: understand the columns, then read the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise

from bot.services.importing.cells import Unclear
from bot.services.importing.rows import Aside, Item, Layout, Rejected, UnreadableFile
from bot.services.importing.tables.answers import counted_from, letters_of, truth
from bot.services.importing.tables.cell import MAX_ROWS, Cell, Sheet, SheetRow
from bot.services.importing.tables.columns import Columns
from bot.services.importing.tables.content import columns_by_content
from bot.services.importing.tables.header import columns_by_header
from bot.services.importing.tables.kinds import heading
from bot.services.importing.tables.names import role_of
from bot.services.importing.tables.options import bare_options, split_options
from bot.services.importing.tables.question import Draft, Questions
from bot.services.importing.tables.stems import number_of
from bot.services.importing.texts import storable
from paper.excerpts import excerpt

_SAMPLE = 200
"""Rows with content from which the columns of a sheet are recognised."""
_NO_STEM = "看不出哪一列是题干；请在第一行写上列名，如“题干、选项A、选项B、答案”"


def read_sheets(sheets: Iterable[Sheet]) -> Iterator[Item]:
    """The items of all *sheets* in order, each sheet's :class:`Layout` before its rows.

    A sheet without any content yields nothing.

    Raises:
        UnreadableFile: none of the sheets with content has a column of stems, or there are too many rows.
    """
    understood = seen = 0
    for sheet in sheets:
        rows = sheet.rows()
        sample = list(islice(rows, _SAMPLE))
        if not sample:
            continue
        seen += len(sample)
        columns = _columns(sample)
        understood += columns is not None
        layout = columns.describe() if columns else _NO_STEM
        yield Layout(layout, guessed=columns is None or columns.guessed, sheet=sheet.name)
        reader = _SheetReader(sheet.name, columns)
        for number, row in enumerate(chain(sample, rows), 1):
            if number > _SAMPLE:
                seen += 1
            if seen > MAX_ROWS:
                raise UnreadableFile(f"文件超过 {MAX_ROWS} 行，请拆开再导入")
            yield from reader.read(row)
    if seen and not understood:
        raise UnreadableFile(_NO_STEM)


class _SheetReader:
    """Reads the rows of one sheet; a second header further down changes the columns."""

    def __init__(self, name: str, columns: Columns | None) -> None:
        self._name = name
        self._columns = columns
        self._questions = _questions(columns) if columns else None

    def read(self, row: SheetRow) -> Iterator[Item]:
        """The item of *row*, with a new layout after it where it is another header."""
        columns, questions = self._columns, self._questions
        if columns is None or questions is None or row.number <= columns.starts_after or columns.is_header(row):
            yield self._aside(row)
            return
        if columns.header and (other := self._other_header(row)):
            self._columns, self._questions = other, _questions(other)
            yield self._aside(row)
            yield Layout(other.describe(), guessed=False, sheet=self._name)
            return
        yield self._item(row, columns, questions)

    def _aside(self, row: SheetRow) -> Aside:
        shown = excerpt(row.line())
        return Aside(row.number, shown if storable(shown) else "", self._name)

    def _other_header(self, row: SheetRow) -> Columns | None:
        filled = row.filled()
        if len(filled) < 3 or not all(role_of(row.shown(column)) for column in reversed(filled)):
            return None
        found = columns_by_header([row])
        # Nothing below it has been seen yet: each row has to say what it is.
        return replace(found, lettered=True) if found else None

    def _item(self, row: SheetRow, columns: Columns, questions: Questions) -> Item:
        filled = row.filled()
        spoken = {columns.stem, columns.answer, columns.joined, *columns.options}
        if not any(column in spoken for column in filled):
            return self._aside(row)
        if len(filled) == 1:
            is_heading, announced = heading(row.shown(filled[0]))
            if is_heading:
                questions.announced = announced
                return self._aside(row)
        try:
            draft = self._draft(row, columns)
        except Unclear as error:
            shown = excerpt(row.line())
            return Rejected(row.number, str(error), shown if storable(shown) else "", self._name)
        return questions.row(draft)

    def _draft(self, row: SheetRow, columns: Columns) -> Draft:
        stem = row.cell(columns.stem).text()

        def typed(column: int | None) -> str:
            return "" if column is None else row.cell(column).text(stem)

        def shown(column: int | None) -> str:
            return "" if column is None else _text_of(row.cell(column))

        answer = None if columns.answer is None else _spoken(row.cell(columns.answer), columns)
        return Draft(
            row.number,
            stem,
            self._name,
            tuple(typed(column) for column in columns.options),
            typed(columns.joined),
            typed(columns.answer) if answer is None else answer,
            shown(columns.kind),
            shown(columns.explanation),
            shown(columns.category),
            shown(columns.difficulty),
            shown(columns.material),
            row.line,
        )


def _spoken(cell: Cell, columns: Columns) -> str | None:
    """What TRUE or FALSE answers to a statement; ``None`` for any other cell."""
    if columns.is_pair or not isinstance(cell.value, bool) or cell.trouble:
        return None
    return "正确" if cell.value else "错误"


def _text_of(cell: Cell) -> str:
    """Of a cell that no answer hangs on: what cannot be trusted is left out."""
    return "" if cell.trouble else cell.shown


def _columns(sample: Sequence[SheetRow]) -> Columns | None:
    columns = columns_by_header(sample) or _by_content(sample)
    if columns is None:
        return None
    below = [row for row in sample if row.number > columns.header]
    stems = [row.shown(columns.stem) for row in below]
    numbers = [number for stem in stems if (number := number_of(stem)) is not None]
    rising = sum(after > before for before, after in pairwise(numbers))
    answers = [text for row in below if columns.answer is not None and (text := row.shown(columns.answer))]
    return replace(
        columns,
        numbered=len(numbers) > 2 and len(numbers) > 0.6 * len(stems) and rising > 0.8 * (len(numbers) - 1),
        judging=bool(answers) and sum(truth(text) is not None for text in answers) > 0.9 * len(answers),
        counted_from=counted_from(_asked(below, columns), unless_told=1),
        lettered=bool(answers) and sum(bool(letters_of(text)) for text in answers) > 0.8 * len(answers),
    )


def _asked(rows: Sequence[SheetRow], columns: Columns) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Answer and options of each row."""
    for row in rows:
        answer = "" if columns.answer is None else row.shown(columns.answer)
        if columns.joined is not None:
            yield answer, bare_options(split_options(row.shown(columns.joined)))
        else:
            yield answer, bare_options(["" if at is None else row.shown(at) for at in columns.options])


def _by_content(sample: Sequence[SheetRow]) -> Columns | None:
    """The columns by content; rows before the first full one are titles."""
    columns = columns_by_content(sample)
    if columns is None:
        return None
    titles = 0
    for row in sample:
        if columns.answer is not None and columns.options and not row.shown(columns.answer) and len(row.filled()) == 1:
            titles = row.number
        else:
            break
    return replace(columns, title_rows=titles)


def _questions(columns: Columns) -> Questions:
    return Questions(
        pairs=columns.is_pair,
        judging=columns.judging,
        numbered=columns.numbered,
        through_excel=True,
        counted_from=columns.counted_from,
    )
