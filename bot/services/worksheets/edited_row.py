"""One row of an edited worksheet, checked and turned into a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from bot.services.importing.cells import Unclear
from bot.services.importing.keys import LETTERS, BadKey
from bot.services.importing.pairs import MAX_ANSWER, MAX_STEM
from bot.services.importing.rows import Kind, Row
from bot.services.importing.spoilt import why_spoilt
from bot.services.importing.tables import Cell, SheetRow
from bot.services.importing.tables.answers import chosen, is_truth_pair, judged, letters_of, truth
from bot.services.importing.tables.kinds import Named, named_kind
from bot.services.importing.tables.options import has_twins
from bot.services.importing.tables.question import MAX_MATERIAL
from bot.services.importing.texts import storable, tidy
from bot.services.worksheets import names
from bot.services.worksheets.header import Header
from store.wording import normal_form

# Signs such as ￥, √ and \ are answers; these only mark where one is missing.
_PLACEHOLDER = re.compile(r"[\s。.．，,、；;：:？?！!_…—–\-·()（）\[\]【】]*")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about one cell of a row, for whoever mends the sheet."""

    column: str
    """``答案（H 列）``; the name alone where the sheet has no such column."""
    reason: str


@dataclass(slots=True)
class Checked:
    """What a row of the sheet means."""

    question: Row | None = None
    """``None`` when there are :attr:`troubles`."""
    troubles: list[Remark] = field(default_factory=list[Remark])
    notes: list[Remark] = field(default_factory=list[Remark])
    """Worth a look, though the question was taken."""


class _Bad(Exception):
    def __init__(self, column: int | None, name: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.name, self.reason = column, name, reason


class RowChecker:
    """Turns the rows of one sheet into questions."""

    def __init__(self, header: Header, merged: dict[int, list[tuple[int, int, str]]]) -> None:
        """*merged*: see :meth:`bot.services.worksheets.edited_book.EditedSheet.merged`."""
        self._header = header
        self._merged = merged

    def is_empty(self, row: SheetRow) -> bool:
        """Whether none of the columns that matter has anything in *row*."""
        return not any(tidy(row.shown(column)) for column in self._header.used)

    def check(self, row: SheetRow) -> Checked:
        """The question in *row*, or everything that keeps it from being one."""
        checked = Checked()
        self._check_merged(row, checked)
        texts = self._texts(row, checked)
        if not checked.troubles:
            try:
                checked.question = self._question(row.number, texts, checked)
            except _Bad as bad:
                checked.troubles.append(Remark(self._place(bad.column, bad.name), bad.reason))
        return checked

    def _check_merged(self, row: SheetRow, checked: Checked) -> None:
        for first, last, name in self._merged.get(row.number, ()):
            column = next((at for at in sorted(self._header.used) if first <= at <= last), None)
            if column is not None:
                reason = f"和别的行合并成了一格（{name}），请取消合并，每行都写上"
                checked.troubles.append(Remark(self._place(column, ""), reason))

    def _texts(self, row: SheetRow, checked: Checked) -> dict[int, str]:
        """What was typed into the used columns."""
        header = self._header
        texts: dict[int, str] = {}
        # The stem comes first: it tells what a cell of the others can have been.
        for column in sorted(header.used, key=lambda at: (at != header.stem, at)):
            cell = row.cell(column)
            text, note, trouble = "", "", ""
            try:
                text, note = _typed(cell, texts.get(header.stem, ""), self._judges(row, column))
            except Unclear as unclear:
                trouble = str(unclear)
            if trouble := trouble or ("" if storable(text) else "有不能保存的字符"):
                checked.troubles.append(Remark(self._place(column, ""), trouble))
            texts[column] = tidy(text)
            if note:
                checked.notes.append(Remark(self._place(column, ""), note))
        return texts

    def _judges(self, row: SheetRow, column: int) -> bool:
        """Whether *column* is the answer to a statement that is right or wrong."""
        header = self._header
        return column == header.answer and header.kind is not None and named_kind(row.shown(header.kind)) == "judge"

    def _question(self, number: int, texts: dict[int, str], checked: Checked) -> Row:
        header = self._header

        def text(column: int | None) -> str:
            return "" if column is None else texts[column]

        stem, answer = text(header.stem), text(header.answer)
        self._check_stem(stem)
        options = self._options(texts)
        named = self._named(text(header.kind), options, answer, checked)
        for column, name, longest in (
            (header.answer, names.ANSWER, MAX_ANSWER),
            (header.explanation, names.EXPLANATION, MAX_STEM),
            (header.material, names.MATERIAL, MAX_MATERIAL),
        ):
            if len(text(column)) > longest:
                raise _Bad(column, name, f"超过 {longest} 字")
        if not answer:
            raise _Bad(header.answer, names.ANSWER, "没有答案")
        try:
            kind, key = _key(named, answer, options)
        except BadKey as error:
            raise _Bad(header.answer, names.ANSWER, str(error)) from None
        if kind == "short" and _PLACEHOLDER.fullmatch(answer):
            raise _Bad(header.answer, names.ANSWER, "答案只有标点")
        return Row(
            number,
            kind,
            stem,
            () if kind == "judge" else options,
            key,
            explanation=text(header.explanation),
            material=text(header.material),
        )

    def _check_stem(self, stem: str) -> None:
        reason = ""
        if not stem:
            reason = "没有题干"
        elif not (stem[0].isalnum() or normal_form(stem)):
            reason = "题干只有标点"
        elif len(stem) > MAX_STEM:
            reason = f"超过 {MAX_STEM} 字"
        if reason:
            raise _Bad(self._header.stem, names.STEM, reason)

    def _options(self, texts: dict[int, str]) -> tuple[str, ...]:
        columns = self._header.options
        filled = [at for at, column in columns.items() if texts[column]]
        if not filled:
            return ()
        last = max(filled)
        if last >= len(LETTERS):
            raise _Bad(columns[last], "", f"选项超过 {len(LETTERS)} 个")
        for at in range(last):
            if at not in filled:
                raise _Bad(columns.get(at), f"{names.OPTION}{LETTERS[at]}", f"是空的，后面却有选项 {LETTERS[last]}")
        options = tuple(texts[columns[at]] for at in range(last + 1))
        for at, option in enumerate(options):
            if len(option) > MAX_ANSWER:
                raise _Bad(columns[at], "", f"超过 {MAX_ANSWER} 字")
        if len(options) < 2:
            raise _Bad(columns[0], "", "选项不足两个")
        if has_twins(options):
            raise _Bad(columns[_twin(options)], "", "有两个选项相同")
        return options

    def _named(self, written: str, options: Sequence[str], answer: str, checked: Checked) -> Named | None:
        column = self._header.kind
        named = named_kind(written)
        if written and named is None:
            raise _Bad(column, names.KIND, f"不认识的题型，要写 {'、'.join(names.KINDS.values())}")
        if options and named == "short":
            raise _Bad(column, names.KIND, "简答题不能有选项")
        if options and named == "judge" and not is_truth_pair(options):
            raise _Bad(column, names.KIND, "判断题的选项不是正确和错误")
        if not options and named in ("single", "multiple", "any"):
            raise _Bad(self._header.options.get(0), f"{names.OPTION}A", "选择题没有选项")
        if not options and named is None and column is not None and (truth(answer) or _names_options(answer)):
            checked.notes.append(Remark(self._place(column, names.KIND), "没有写题型，按简答题写入"))
        return named

    def _place(self, column: int | None, name: str) -> str:
        return name if column is None else self._header.label(column, name)


def _key(named: Named | None, answer: str, options: tuple[str, ...]) -> tuple[Kind, str]:
    """Kind and key, as :class:`bot.services.importing.rows.Row` has them.

    Raises:
        BadKey: *answer* is no key of the question.
    """
    if named == "judge":
        return "judge", judged(answer, options)
    return chosen(named, answer, options) if options else ("short", answer)


def _typed(cell: Cell, stem: str, judges: bool) -> tuple[str, str]:
    """What was typed into *cell*, and in Chinese what is worth a look about it.

    Raises:
        Unclear: Excel may have changed it into something else.
    """
    value = cell.value
    if value is None or (isinstance(value, str) and not cell.trouble):
        text = value or ""
        spoilt = why_spoilt(stem, tidy(text)) if stem and text[:1].isdigit() else None
        return text, spoilt or ""
    if isinstance(value, bool) and judges:
        return ("正确" if value else "错误"), f"单元格是逻辑值，按“{'正确' if value else '错误'}”写入"
    if isinstance(value, time):
        ratio = ":".join(map(str, (value.hour, value.minute, *([value.second] if value.second else []))))
        raise Unclear(
            f"Excel 把这一格存成了时间 {value}，可能改动过（原来也许是 {ratio} 这样的比），请改成文本格式重写"
        )
    text = cell.text(stem)
    if stem and (spoilt := why_spoilt(stem, text)):
        raise Unclear(spoilt)
    # Chinese day formats reach us as numbers, other days as dates; either comes out in words.
    return text, f"Excel 把这一格存成了日期，按“{text}”写入" if text[-1:] in ("年", "月", "日") else ""


def _names_options(answer: str) -> bool:
    letters = letters_of(answer)
    return 0 < len(letters) <= len(LETTERS) and all(letter in LETTERS for letter in letters)


def _twin(options: Sequence[str]) -> int:
    """The position of the first option that says what one before it says."""
    return next(at for at in range(1, len(options) + 1) if has_twins(options[:at])) - 1
