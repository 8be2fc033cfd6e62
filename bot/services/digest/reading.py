"""What a member's words answer of a digest: ``1A``, ``1A 2BD 3对``, ``ABCDA``. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.services import judging
from bot.services.judging import Given, Question
from bot.services.reading import LETTERS

_DIGITS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True))
_TRUTH = "正确|错误|对|错|√|×|✓|✗|✔|✘"
_NUMBER = r"第?(?P<number>\d{1,2}|二?十[一二三四五六七八九]?|[一二三四五六七八九])题?"
_PIECE = re.compile(
    rf"{_NUMBER}[\s.、:,)\]_-]*(?:答案|选|是|答)?[\s:]*"
    rf"(?P<said>[A-H](?:[\s,、]*[A-H](?![a-z]))*|{_TRUTH}|T)(?![A-Za-z])[\s,、;.。/|]*",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"{_NUMBER}(?:[\s.、:,]|选|是)+(?P<said>\D.{{0,59}})$")
_HEAD = re.compile(r"^(?:(?:我的?)?答案?[是:\s]+|我?选[:\s]*(?=\d))")
_CELL = re.compile(rf"[A-H]|{_TRUTH}|T", re.IGNORECASE)
_GAP = re.compile(r"[\s,、;/|]+")
_LONGEST = 160
_CASUAL = 4
"""So many small letters are hardly a word of any talk."""


@dataclass(slots=True)
class Sheet:
    """What is answered, by number of the question, and what could not be taken."""

    given: dict[int, Given] = field(default_factory=dict[int, Given])
    problems: list[str] = field(default_factory=list[str])
    """Short Chinese clauses: 第 1 题是单选."""
    numbered: bool = True
    """Each answer stands beside its number; else they are a row of letters."""


def may_answer(text: str) -> bool:
    """Whether *text* might answer some digest: cheap, so that talk costs no look into the database."""
    folded = _folded(text)
    if not folded or len(folded) > _LONGEST or folded[0] == "/":
        return False
    return bool(_numbered(folded) or _WORDS.match(folded) or _row(folded))


def has_numbers(text: str) -> bool:
    """Whether *text* has answers beside numbers of questions, as no answer to a single question has."""
    folded = _folded(text)
    return bool(_numbered(folded) or _WORDS.match(folded))


def is_sheet(text: str) -> bool:
    """Whether *text* is several answers beside numbers, and so nothing but the answer to a digest."""
    return len(_numbered(_folded(text)) or ()) > 1


def read(text: str, questions: Sequence[Question], *, quoting: bool = False, meant: bool = False) -> Sheet | None:
    """The answers in *text* to *questions*, numbered from 1; ``None`` for ordinary talk.

    *meant*: it is said to the bot or in private; *quoting*: it quotes the digest, so that whatever looks like an
    answer and is none is told of. Otherwise a row of letters counts only when it has one for every question and
    looks like nothing else.
    """
    folded = _folded(text)
    if not folded or len(folded) > _LONGEST or folded[0] == "/":
        return None
    meant = meant or quoting
    if pieces := _numbered(folded):
        return _sheet(pieces, questions, meant=meant)
    if groups := _row(folded):
        return _of_row(groups, folded, questions, quoting=quoting, meant=meant)
    if meant and (match := _WORDS.match(folded)):
        return _in_words(match, questions)
    return None


def _folded(text: str) -> str:
    """Full-width forms as plain ones, and no end mark."""
    return re.sub(r"[\s.。!！~～]+$", "", unicodedata.normalize("NFKC", text.strip()[: 2 * _LONGEST]))


def _numbered(folded: str) -> list[tuple[int, str]] | None:
    """Pairs of a number and what stands beside it, when the text is nothing else."""
    at = match.end() if (match := _HEAD.match(folded)) else 0
    found: list[tuple[int, str]] = []
    while at < len(folded):
        piece = _PIECE.match(folded, at)
        if piece is None:
            return None
        found.append((_number(piece["number"]), _GAP.sub("", piece["said"])))
        at = piece.end()
    return found


def _row(folded: str) -> list[str] | None:
    """Groups of letters or truths, when the text is nothing else."""
    groups = [group for group in _GAP.split(_HEAD.sub("", folded)) if group]
    return groups if groups and all("".join(_CELL.findall(group)) == group for group in groups) else None


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, _, ones = text.rpartition("十")
    if "十" in text:
        return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
    return _DIGITS[text]


def _sheet(pieces: Sequence[tuple[int, str]], questions: Sequence[Question], *, meant: bool) -> Sheet | None:
    sheet = Sheet()
    for number, said in pieces:
        given = _given(number, said, questions)
        if isinstance(given, str):
            sheet.problems.append(given)
        elif sheet.given.setdefault(number, given) != given:
            sheet.problems.append(f"第 {number} 题写了两个答案")
            del sheet.given[number]
    # One pair that fits no question is a word of talk: 5F, 3D.
    return sheet if sheet.given or meant or len(pieces) > 1 else None


def _given(number: int, said: str, questions: Sequence[Question]) -> Given | str:
    """The answer, or why it is none."""
    if not 1 <= number <= len(questions):
        return f"没有第 {number} 题"
    question = questions[number - 1]
    if question.kind == "judge" and not question.options:
        if truth := judging.read(question, {"A": "对", "B": "错"}.get(said.upper(), said), addressed=True):
            return Given(truth.value, certain=True)
        return f"第 {number} 题是判断"
    letters = "".join(sorted(set(said.upper())))
    if not letters.isascii() or "T" in letters:
        named = judging.read(question, said, addressed=True)
        return Given(named.value, certain=True) if named else f"第 {number} 题要选字母"
    last = LETTERS[len(question.options) - 1]
    if letters[-1] > last:
        return f"第 {number} 题只有 A 到 {last}"
    if len(letters) > 1 and question.kind != "multiple":
        return f"第 {number} 题只选一个"
    return Given(letters, certain=True)


def _of_row(
    groups: Sequence[str], folded: str, questions: Sequence[Question], *, quoting: bool, meant: bool
) -> Sheet | None:
    count, cells = len(questions), _CELL.findall("".join(groups))
    if len(groups) == count:
        said = list(groups)
    elif len(cells) == count and not any(question.kind == "multiple" for question in questions):
        said = cells
    else:
        return Sheet(problems=[_how_many(count, len(cells))], numbered=False) if quoting else None
    if not (meant or _looks_like_a_row(said, folded)):
        return None
    sheet = _sheet(list(enumerate(said, start=1)), questions, meant=meant)
    if sheet is None or (sheet.problems and not meant):
        return None
    sheet.numbered = False
    return sheet


def _looks_like_a_row(said: Sequence[str], folded: str) -> bool:
    """Whether nobody would say it in talk: dddd, bad, 对对对 are said."""
    letters = "".join(said)
    if len(said) > 1 and len(set(letters.upper())) == 1:
        return letters.isascii() and letters.isupper()
    if not letters.isascii() and len(said) < 3:
        return False
    return folded.upper() == folded or len(said) >= _CASUAL


def _how_many(count: int, given: int) -> str:
    if given == 1:
        return "带上题号，比如 1A"
    return f"一共 {count} 题，这里有 {given} 个答案，带上题号就不会错位"


def _in_words(match: re.Match[str], questions: Sequence[Question]) -> Sheet | None:
    number = _number(match["number"])
    if not 1 <= number <= len(questions):
        return None
    given = judging.read(questions[number - 1], match["said"].strip(), addressed=True)
    return None if given is None else Sheet({number: Given(given.value, certain=True)})
