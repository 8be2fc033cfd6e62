"""From the answer cell to the kind and key of a question."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bot.services.importing.keys import LETTERS, BadKey, choice_key, judge_key
from bot.services.importing.rows import Kind
from bot.services.importing.tables.kinds import Named
from bot.services.importing.tables.options import letter_of
from store.wording import option_form

_LEAD = re.compile(
    r"^\s*(?:【?(?:正确|参考|标准)?答案】?\s*(?:是|为)?\s*[:：]?|故?(?:本题)?(?:答案)?(?:应)?选(?:择)?\s*[:：]?|选(?:择|项)?\s*(?=[A-Ha-h]))\s*"
)
_AROUND = "[]【】()（）{}「」<>《》\"'“”‘’。.!！ \t\r\n\u3000\xa0"
_BETWEEN = re.compile(r"[\s,，、;；#|/+&.．。和与及\"'“”\[\]]+")
_PARTS = re.compile(r"\s*(?:[;；|\n#]|\$+)\s*")
_LOOSE_PARTS = re.compile(r"\s*[;；|\n#,，、$]\s*")
_TRUE = {
    "正确",
    "对",
    "√",
    "✓",
    "✔",
    "☑",
    "t",
    "true",
    "y",
    "yes",
    "right",
    "是",
    "对的",
    "是的",
    "正确的",
    "真",
    "v",
    "ok",
}
_FALSE = {
    "错误",
    "错",
    "×",
    "✗",
    "✘",
    "☒",
    "f",
    "false",
    "n",
    "no",
    "wrong",
    "否",
    "错的",
    "不是",
    "错误的",
    "不正确",
    "不对",
    "假",
    "x",
    "╳",
}
_LATIN_PAIRS = ({"t", "f"}, {"true", "false"}, {"y", "n"}, {"yes", "no"}, {"right", "wrong"}, {"v", "x"})
_MOST_LETTERS = 26
_PLACES = re.compile(r"\d{1,2}(?:\s*[,，、;；|]\s*\d{1,2}){0,9}")
_ENOUGH_TO_COUNT = 8
"""Answers among which a 0 would have been met if they counted from it."""
_CODES = {"1": "正确", "0": "错误"}


def truth(text: str) -> str | None:
    """``正确`` or ``错误`` for any way of saying so (√, T, 是); ``None`` for other text."""
    bare = unicodedata.normalize("NFKC", text).strip(_AROUND).casefold()
    return "正确" if bare in _TRUE else "错误" if bare in _FALSE else None


def is_truth_pair(options: Sequence[str]) -> bool:
    """Whether the options are right and wrong, in either order."""
    if len(options) != 2 or {truth(option) for option in options} != {"正确", "错误"}:
        return False
    said = {unicodedata.normalize("NFKC", option).strip(_AROUND).casefold() for option in options}
    # x and y are both ways of judging, but not against each other.
    return not any(word.isascii() for word in said) or said in _LATIN_PAIRS


def letters_of(answer: str) -> str:
    """The letters that *answer* consists of, upper case, as written; empty when it holds anything else."""
    if answer.isascii() and answer.isupper() and answer.isalpha():
        return answer if len(answer) <= _MOST_LETTERS else ""
    folded = _BETWEEN.sub("", unicodedata.normalize("NFKC", _LEAD.sub("", answer)).strip(_AROUND)).upper()
    return folded if 0 < len(folded) <= _MOST_LETTERS and all("A" <= char <= "Z" for char in folded) else ""


def judged(answer: str, options: Sequence[str]) -> str:
    """The key of a judge question whose *options* are right and wrong, or none.

    Raises:
        BadKey: *answer* is neither.
    """
    if options and (letters := letters_of(answer)) and len(letters) == 1 and letters in LETTERS[: len(options)]:
        return truth(options[LETTERS.index(letters)]) or ""
    letter, text = letter_of(answer)
    said = truth(text) or truth(_LEAD.sub("", answer)) or (_CODES.get(answer.strip()) if not options else None)
    if said is None:
        if not options and letters_of(answer):
            raise BadKey("判断题的答案是字母，却没有写各选项是什么")
        return judge_key(answer)
    if (
        letter
        and options
        and truth(options[LETTERS.index(letter)] if letter in LETTERS[: len(options)] else "") != said
    ):
        raise BadKey("答案里的字母和文字对不上")
    return said


def chosen(named: Named | None, answer: str, options: Sequence[str]) -> tuple[Kind, str]:
    """Kind and key of a choice question; *answer* gives letters or texts of *options*.

    Raises:
        BadKey: it does not, or they do not fit the kind that the file says.
    """
    letters = letters_of(answer)
    known = LETTERS[: len(options)]
    if not letters or any(letter not in known for letter in letters):
        letters = _letters_by_text(answer, options) or letters
    count = len(set(letters))
    kind: Kind = named if named in ("single", "multiple") else "single" if count == 1 else "multiple"
    if not letters and answer:
        raise BadKey("答案不是选项字母，也不是哪个选项的文字")
    return kind, choice_key(kind, letters, options)


def places_of(answer: str) -> tuple[int, ...]:
    """The numbers that *answer* consists of (``3``, ``1,2,4``); empty when it holds anything else."""
    return tuple(map(int, re.findall(r"\d+", answer))) if _PLACES.fullmatch(answer) else ()


def counted_from(asked: Iterable[tuple[str, Sequence[str]]], *, unless_told: int | None) -> int | None:
    """From which number answers count the options, 0 or 1; ``None`` where they are no places of options.

    *asked* are the answer and the options of questions of one file. Answers that
    are the text of an option, or no place of one, speak against it; more must speak for it. Where
    no answer tells 0 from 1 it is *unless_told*.
    """
    numbers: list[tuple[tuple[int, ...], int]] = []
    places = texts = 0
    for answer, options in asked:
        if len(options) < 2 or not (found := places_of(answer)):
            continue
        if max(found) > len(options):
            texts += 1
            continue
        numbers.append((found, len(options)))
        forms = [option_form(option) for option in options]
        if option_form(answer) not in forms:
            places += 1
        elif forms.index(option_form(answer)) != found[0] - 1:
            texts += 1
    if places <= texts:
        return None
    has_zero = any(0 in found for found, _ in numbers)
    has_last = any(count in found for found, count in numbers)
    if has_zero or has_last:
        return None if has_zero and has_last else 0 if has_zero else 1
    return 1 if len(numbers) >= _ENOUGH_TO_COUNT else unless_told


def lettered(answer: str, options: Sequence[str], first: int) -> str:
    """*answer* with the places of options, counted from *first*, turned into letters; else as it is.

    Raises:
        BadKey: it names a place that *options* do not have.
    """
    places = [number - first for number in places_of(answer)]
    if any(not 0 <= at < len(options) for at in places):
        raise BadKey("答案的序号没有对应的选项")
    return "".join(LETTERS[at] for at in places) or answer


def _letters_by_text(answer: str, options: Sequence[str]) -> str:
    """Letters of the options whose texts *answer* gives; empty when some part of it is no option.

    Raises:
        BadKey: a letter and the text after it belong to different options.
    """
    by_form = {option_form(option): LETTERS[at] for at, option in enumerate(options)}
    if letter := by_form.get(option_form(answer)):
        return letter
    bare = _LEAD.sub("", answer)
    for between in (None, _PARTS, _LOOSE_PARTS):
        parts = [bare] if between is None else [part for part in between.split(bare) if part]
        letters = [_letter(part, by_form, options) for part in parts]
        if letters and all(letters):
            return "".join(letters)
    return ""


def _letter(part: str, by_form: dict[str, str], options: Sequence[str]) -> str:
    if letter := by_form.get(option_form(part)):
        return letter
    letter, text = letter_of(part)
    if not letter or letter not in LETTERS[: len(options)]:
        return ""
    meant = by_form.get(option_form(text))
    if meant and meant != letter:
        raise BadKey("答案里的字母和文字对不上")
    return meant or ""
