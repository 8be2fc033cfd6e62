"""Several options in one breath: 湖北、安徽, 德日意, 除了贵州, ``A湖北、B安徽``."""

from __future__ import annotations

import re

from bot.services.judging.choices import KINDS, Choices
from bot.services.judging.folding import form, tidy
from bot.services.judging.letters import picked
from bot.services.judging.particles import cuts, stripped
from bot.services.reading import LETTERS

# One + stands between options, two belong to C++. 和 may be part of an option, so it is tried later.
_MARKS = r"\s*(?:[、,，;；/&]|(?<!\+)\+(?!\+))\s*|\s+|以及|还有"
_SEPARATORS = (re.compile(_MARKS), re.compile(rf"{_MARKS}|[和与跟及]"))
_EXCEPT = re.compile(
    r"^(?:除了?|除去|除开|去掉|去除)(?P<what>.+?)(?:以?外)?[,，]?(?:其他|其余|剩下|别)?的?(?:全|都|全都)?(?:选|对|是|要)?了?$"
)
_LETTERED = re.compile(r"(?<![a-z0-9°])([a-h])(?![a-z0-9])\s*[.、,，:：)）]?\s*(?=\S)")
_JOINTS = frozenset(("", "和", "与", "跟", "及"))


def listed(known: Choices, text: str) -> str | None:
    """Letters, in order, of the options that *text* lists; ``None`` when anything else is in it."""
    for said in cuts(tidy(text)):
        if match := _EXCEPT.match(said):
            return _others(known, match["what"])
        for separator in _SEPARATORS:
            if found := _split(known, said, separator):
                return found
        if found := _run_together(known, form(said)):
            return found
    return _initials(known, form(stripped(tidy(text))))


def lettered(known: Choices, text: str) -> str | None:
    """Letters that *text* gives with the texts of their options: ``B. 荷兰``; ``None`` where the two disagree."""
    said = stripped(tidy(text))
    marks = list(_LETTERED.finditer(said))
    if not marks or marks[0].start() != 0:
        return None
    first = marks[0][1].upper()
    if known.one(said[marks[0].end() :]) == first:
        return first
    ends = [mark.start() for mark in marks[1:]] + [len(said)]
    for mark, end in zip(marks, ends, strict=True):
        if known.one(said[mark.end() : end].strip(" ,，、;；.")) != mark[1].upper():
            return None
    return "".join(sorted({mark[1].upper() for mark in marks}))


def _others(known: Choices, left_out: str) -> str | None:
    count = len(known.forms)
    without = picked(left_out, count) or listed(known, left_out) or known.one(left_out)
    return "".join(letter for letter in LETTERS[:count] if letter not in without) or None if without else None


def _split(known: Choices, said: str, separator: re.Pattern[str]) -> str | None:
    pieces = [piece for piece in separator.split(said) if form(piece)]
    if len(pieces) < 2:
        return None
    found: set[str] = set()
    for piece in pieces:
        letters = known.exact(piece) or picked(piece, len(known.forms)) or known.one(piece, listed=True)
        if letters is None:
            return None
        found.update(letters)
    return "".join(sorted(found))


def _run_together(known: Choices, whole: str) -> str | None:
    """Options said without a pause: 秦岭天山南岭."""
    rest, found = whole, set[str]()
    for names in (known.forms, known.cores):
        for at in sorted(range(len(names)), key=lambda at: -len(names[at])):
            if names[at] and names[at] in rest:
                rest = rest.replace(names[at], "\n", 1)
                found.add(LETTERS[at])
    clean = all(piece in _JOINTS or piece in KINDS for piece in rest.split("\n"))
    return "".join(sorted(found)) if len(found) > 1 and clean else None


def _initials(known: Choices, whole: str) -> str | None:
    """魏蜀吴, 德日意."""
    firsts = [one[:1] for one in known.forms]
    if len(whole) < 2 or len(set(whole)) != len(whole) or any(firsts.count(c) != 1 for c in whole):
        return None
    return "".join(sorted(LETTERS[firsts.index(c)] for c in whole))
