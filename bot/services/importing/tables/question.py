"""One question in the words of a table, checked and turned into a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.services.importing.keys import LETTERS, BadKey, marked_right
from bot.services.importing.pairs import MAX_ANSWER, MAX_STEM, pair
from bot.services.importing.rows import Kind, Rejected, Row
from bot.services.importing.spoilt import asks_date, why_spoilt
from bot.services.importing.tables.answers import chosen, is_truth_pair, judged, lettered, letters_of, truth
from bot.services.importing.tables.kinds import Named, difficulty_of, named_kind, without_kind
from bot.services.importing.tables.options import (
    bare_options,
    has_twins,
    letter_of,
    split_options,
    stem_options,
    without_repeated,
)
from bot.services.importing.tables.stems import Numbering, cleaned, needs_picture, plain, without_credits
from bot.services.importing.texts import holds_several_questions, storable
from paper.excerpts import excerpt
from store.wording import normal_form

MAX_MATERIAL = 4000
_MAX_CELL = 20_000
_MAX_CATEGORY = 32
_DAY_NUMBER = re.compile(r"\d{5}")
_CHOOSING = re.compile(r"下列|以下|下面|哪[一几]?[项个组]")
_YEAR_OR_DAY = re.compile(r"\d{4,5}")


@dataclass(frozen=True, slots=True)
class Draft:
    """The texts of one row, as typed."""

    number: int
    stem: str
    sheet: str = ""
    options: tuple[str, ...] = ()
    """Of the option columns, in the order of their letters; empty where a cell is."""
    joined: str = ""
    """The text of a cell that holds all options."""
    answer: str = ""
    kind: str = ""
    explanation: str = ""
    category: str = ""
    difficulty: str = ""
    material: str = ""
    line: Callable[[], str] = str
    """Gives the whole row on one line, for the excerpt of a rejection."""


class _Bad(Exception):
    """Why the row is rejected, in Chinese."""


class Questions:
    """Turns the drafts of one sheet into rows, in order.

    *pairs*: the sheet has a stem and an answer column only, so answers are
    taken as they are written. *judging*: its answers are all right or wrong.
    *through_excel*: a spreadsheet may have changed the texts on their way.
    *counted_from*: answers name options by their places, counted from this number.
    """

    def __init__(
        self, *, pairs: bool, judging: bool, numbered: bool, through_excel: bool, counted_from: int | None = None
    ) -> None:
        self._counted_from = counted_from
        self._pairs = pairs
        self._judging = judging
        self._through_excel = through_excel
        self._numbering = Numbering(numbered=numbered)
        self.announced: Named | None = None
        """The kind that the last heading between the rows announced."""

    def row(self, draft: Draft) -> Row | Rejected:
        """The row that *draft* means, or why it is none."""
        try:
            return self._row(draft)
        except (_Bad, BadKey) as error:
            shown = excerpt(draft.line() or draft.stem)
            return Rejected(draft.number, str(error), shown if storable(shown) else "", draft.sheet)

    def _row(self, draft: Draft) -> Row | Rejected:
        _check_size(draft)
        stem, prefixed = without_kind(self._numbering.take_off(cleaned(draft.stem)))
        named = named_kind(draft.kind) or prefixed or self.announced
        if len(stem) > 2 * MAX_STEM:
            raise _Bad(f"题干超过 {MAX_STEM} 字")
        answer = cleaned(draft.answer)
        stem, options = self._stem_and_options(stem, draft, named, answer)
        if not options and self._is_pair(named, stem, answer):
            found = pair(draft.number, stem, answer, sheet=draft.sheet, through_excel=self._through_excel)
            return found if isinstance(found, Rejected) else self._complete(draft, "short", stem, (), answer, found)
        _check_stem(stem)
        options, right = marked_right(options)
        self._check_options(stem, options)
        if options and self._counted_from is not None:
            answer = lettered(answer, options, self._counted_from)
        if right and answer and letters_of(answer) != right:
            raise _Bad("选项里标的正确答案和答案列对不上")
        answer = answer or right
        kind, key = self._key(stem, named, answer, options)
        return self._complete(draft, kind, stem, () if kind == "judge" else options, key, None)

    def _stem_and_options(
        self, stem: str, draft: Draft, named: Named | None, answer: str
    ) -> tuple[str, tuple[str, ...]]:
        cells = tuple(cleaned(option) for option in draft.options)
        if not any(cells) and draft.joined:
            cells = split_options(plain(draft.joined))
            if not cells and named not in ("short", "judge"):
                raise _Bad("分不清各个选项，请一行一个或写成 A. B. C.")
        stem = without_repeated(stem, cells)
        if any(cells):
            options = bare_options(cells)
            if not options and named not in ("judge", "short") and truth(answer) is None:
                raise _Bad("选项只有字母没有内容，可能是图片")
            return without_credits(stem), options
        head, found = stem_options(stem)
        options = bare_options(found)
        # Where nothing else speaks for a choice, the answer has to be one of the options.
        if options and (not self._pairs or letters_of(answer) or _is_among(answer, options)):
            return without_credits(head), options
        return (stem if self._pairs else without_credits(stem)), ()

    def _is_pair(self, named: Named | None, stem: str, answer: str) -> bool:
        if named is None and self._pairs:
            return not self._judging
        in_words = bool(answer) and not letters_of(answer) and truth(answer) is None
        if named == "short":
            return bool(answer)
        return named is None and in_words and not _CHOOSING.search(stem)

    def _check_options(self, stem: str, options: tuple[str, ...]) -> None:
        if not options:
            return
        if len(options) > len(LETTERS):
            raise _Bad(f"选项超过 {len(LETTERS)} 个")
        for at, option in enumerate(options):
            if not option:
                raise _Bad(f"选项 {LETTERS[at]} 是空的")
            if needs_picture(option):
                raise _Bad("选项是图片，文字里看不出来")
            if not storable(option):
                raise _Bad("有不能保存的字符")
            if len(option) > MAX_ANSWER:
                raise _Bad(f"选项超过 {MAX_ANSWER} 字")
        if len(options) < 2:
            raise _Bad("选项不足两个")
        if has_twins(options):
            raise _Bad("有两个选项相同")
        if self._through_excel and (reason := _spoilt_option(stem, options)):
            raise _Bad(reason)

    def _key(self, stem: str, named: Named | None, answer: str, options: tuple[str, ...]) -> tuple[Kind, str]:
        if named == "judge" or (not options and named is None and truth(answer)) or is_truth_pair(options):
            if options and not is_truth_pair(options):
                raise _Bad("判断题的选项不是正确和错误")
            if named in ("multiple", "short"):
                raise _Bad("选项是正确和错误，题型却不是判断题")
            return "judge", judged(answer, options) if answer else ""
        if not options:
            return self._without_options(named, answer)
        if not answer:
            return "multiple" if named == "multiple" else "single", ""
        return chosen(named, answer, options)

    def _without_options(self, named: Named | None, answer: str) -> tuple[Kind, str]:
        if named == "short" and not answer:
            return "short", ""
        if named is not None:
            raise _Bad("选择题没有选项")
        if self._judging and not answer:
            return "judge", ""
        if self._judging:
            raise _Bad("判断题的答案不是正确或错误")
        if not answer:
            raise _Bad("没有选项也没有答案")
        raise _Bad("没有选项，答案却是字母" if letters_of(answer) else "没有选项，看不出是什么题型")

    def _complete(
        self, draft: Draft, kind: Kind, stem: str, options: tuple[str, ...], answer: str, paired: Row | None
    ) -> Row:
        material = cleaned(draft.material)
        if len(material) > MAX_MATERIAL:
            raise _Bad(f"材料超过 {MAX_MATERIAL} 字")
        explanation, category = cleaned(draft.explanation), " ".join(draft.category.split())[:_MAX_CATEGORY]
        if not storable(explanation, category, material):
            raise _Bad("有不能保存的字符")
        return Row(
            draft.number,
            kind,
            paired.stem if paired else stem,
            options,
            paired.answer if paired else answer,
            aliases=paired.aliases if paired else (),
            explanation=cut_at_sentence(explanation, MAX_STEM),
            category=category,
            difficulty=difficulty_of(draft.difficulty),
            material=material,
            sheet=draft.sheet,
        )


def cut_at_sentence(text: str, longest: int) -> str:
    """*text*, cut after the last sentence that ends within *longest* characters."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    end = max(head.rfind(mark) for mark in "。！？；\n")
    return head[: end + 1] if end > longest // 2 else head


def _check_size(draft: Draft) -> None:
    if len(draft.stem) > _MAX_CELL:
        raise _Bad(f"题干超过 {MAX_STEM} 字")
    if any(len(option) > _MAX_CELL for option in (*draft.options, draft.joined)):
        raise _Bad(f"选项超过 {MAX_ANSWER} 字")
    if len(draft.answer) > _MAX_CELL:
        raise _Bad(f"答案超过 {MAX_ANSWER} 字")


def _check_stem(stem: str) -> None:
    if not storable(stem):
        raise _Bad("有不能保存的字符")
    if not stem:
        raise _Bad("没有题干")
    if needs_picture(stem):
        raise _Bad("题干离不开图片")
    if not (stem[0].isalnum() or normal_form(stem)):
        raise _Bad("题干只有标点")
    if len(stem) > MAX_STEM:
        raise _Bad(f"题干超过 {MAX_STEM} 字")
    if holds_several_questions(stem):
        raise _Bad("一行里有好几道题，分不清答案是哪道的")


def _is_among(answer: str, options: tuple[str, ...]) -> bool:
    bare = normal_form(letter_of(answer)[1])
    return bool(bare) and bare in {normal_form(option) for option in options}


def _spoilt_option(stem: str, options: tuple[str, ...]) -> str | None:
    if all(_DAY_NUMBER.fullmatch(option) for option in options) and asks_date(stem):
        return "选项像是 Excel 的日期序号，原来写的是什么已看不出"
    for option in options:
        if not option[0].isdecimal() or _YEAR_OR_DAY.fullmatch(option):
            continue
        if reason := why_spoilt(stem, option):
            return reason.replace("答案", "选项", 1)
    return None
