"""Options of a question, however they stand on their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from bot.services.importing.keys import LETTERS

_MARK = re.compile(
    r"(?P<open>[（(]\s{0,2})?(?P<letter>[A-HＡ-Ｈ])"
    r"(?(open)\s{0,2}[)）]|(?:(?P<sign>\s{0,2}[.．、:：)）])|(?=[ \t]{1,8}\S)))[ \t]*[.．、]?[ \t]*"
)
_BEGINS = re.compile(r"\s*(?:[（(]\s{0,2}([A-HＡ-Ｈ])\s{0,2}[)）]|([A-HＡ-Ｈ])\s{0,2}[.．、:：)）])")
_BEGINS_BARE = re.compile(r"\s*([A-HＡ-Ｈ])(?:[ \t]+\S|[\u4e00-\u9fff“《])")
_GLUED_ON = re.compile(r"\s*([A-HＡ-Ｈ])(?=[\u4e00-\u9fff“《])")
_NO_OPTION = re.compile(
    r"\s*[A-H]\s*(?:[、和,，/]\s*[A-H]\s*){0,7}(?:两|三|四)?(?:选?项|选择)"
    r"|\s*[A-H]\s*(?:、\s*[A-H]\s*){1,7}(?:[两二三四选都均错正不排]|[，,。；;]|$)"
)
"""What speaks of options: A 项, A、B两项, A、B、C都不对."""
_STRAY = re.compile(r"\s([A-H])\s?[.．、](?=\s?[^\s、])")
_LONGEST_LINE = 6000
"""Characters beyond which nobody looks for options behind a stem."""
_NEAR = 200
_SPACES = re.compile(r"\s+")
_JOINERS = "-+*/=_"

Option = tuple[str, str]
"""Letter and text."""


class _Start(NamedTuple):
    at: int
    """Where the mark begins."""
    text: int
    """Where what it marks begins."""
    letter: str


def begins(text: str, letter: str = "") -> str:
    """The option letter with its mark that *text* begins with (*letter*, if one is asked for), or empty."""
    found = _BEGINS.match(text)
    if found is None or _NO_OPTION.match(text):
        return ""
    got = _plain(found[1] or found[2])
    return got if not letter or got == letter else ""


def begins_bare(text: str) -> str:
    """The letter without a mark that *text* begins with: ``A 人类``, ``A正确``; or empty."""
    found = _BEGINS_BARE.match(text)
    return "" if found is None or _NO_OPTION.match(text) else _plain(found[1])


def inside(text: str) -> int:
    """Where options glued to the end of a stem begin in *text*: at least A and B, with text; -1 without any."""
    if len(text) > _LONGEST_LINE:
        return -1
    for found in _MARK.finditer(text):
        if _plain(found["letter"]) != "A" or not found.start() or _in_word(text, found.start()):
            continue
        if found["sign"] is None and found["open"] is None:
            continue
        options = _read([text[found.start() :]], 0)
        if [letter for letter, said in options[:2] if said] == ["A", "B"]:
            return found.start()
    return -1


def letters(text: str) -> str:
    """The letters of the options that stand on the line."""
    return "".join(start.letter for start in _starts(text, 0))


def torn(text: str) -> bool:
    """Whether *text* is options that lost the first letter: ``改革   B．发展   C．稳定``."""
    starts = _starts(text, 0)
    return bool(starts) and starts[0].letter == "B" and bool(text[: starts[0].at].strip())


def read(lines: Sequence[str]) -> list[Option]:
    """Letters and texts on *lines*, in the order of the letters where these are all there.

    Tried from the loosest to the strictest way of telling marks from text: 维生素 B、
    within an option is no second option B.
    """
    loosest: list[Option] = []
    for strictness in range(3):
        options = _read(lines, strictness)
        ordered = sorted(options, key=lambda option: option[0])
        if is_whole(ordered) and len(ordered) > 1:
            return ordered
        loosest = loosest or options
    return loosest


def is_whole(options: Sequence[Option]) -> bool:
    """Whether the letters run from A on without a gap or a repetition."""
    return bool(options) and "".join(letter for letter, _ in options) == LETTERS[: len(options)]


def glued(options: Sequence[Option]) -> bool:
    """Whether a text still holds the mark of an option that comes after all of these."""
    last = max(letter for letter, _ in options)
    return any(found[1] > last for _, text in options for found in _STRAY.finditer(text))


def _read(lines: Sequence[str], strictness: int) -> list[Option]:
    options: list[Option] = []
    for line in lines:
        starts = _starts(line, strictness if options else min(strictness, 1))
        head = line[: starts[0].at] if starts else line
        if options and head.strip():
            options[-1] = (options[-1][0], _tidied(_joined(options[-1][1], head)))
        elif starts and starts[0].letter == "B" and head.strip():
            options.append(("A", _tidied(head)))
        for start, following in zip_longest(starts, starts[1:]):
            options.append((start.letter, _tidied(line[start.text : following.at if following else None])))
    return options


def _starts(line: str, strictness: int) -> list[_Start]:
    """Marks on one line; *strictness* 0: wherever the next letter is marked, 1: after a gap, 2: at its start."""
    starts: list[_Start] = []
    if glued_on := _GLUED_ON.match(line):
        starts.append(_Start(glued_on.start(1), glued_on.end(), _plain(glued_on[1])))
    for found in _MARK.finditer(line):
        at, letter = found.start(), _plain(found["letter"])
        bare = found["sign"] is None and found["open"] is None
        if not starts:
            good = not line[:at].strip() if at < 200 else False
            good = good or (letter == "B" and not bare and _gap(line, at, 2) and strictness < 2)
        elif strictness == 2 or at < starts[-1].text:
            good = False
        elif ord(letter) == ord(starts[-1].letter) + 1:
            if bare or strictness:
                good = _gap(line, at, 2) or (bare and not strictness and _stands_between(line, found, letter))
            else:
                good = not _in_word(line, at)
        else:
            good = not bare and _gap(line, at, 3) and all(letter != start.letter for start in starts)
        if good:
            starts.append(_Start(at, found.end(), letter))
    return starts


def _stands_between(line: str, found: re.Match[str], letter: str) -> bool:
    """Whether a letter without a mark has the marked next one after it: ``B、2035 C 2049 D、2050``."""
    near = line[found.end() : found.end() + _NEAR]
    return _gap(line, found.start(), 1) and re.search(rf"\s{chr(ord(letter) + 1)}[.．、]", near) is not None


def _gap(line: str, at: int, width: int) -> bool:
    """Whether a tab or *width* spaces stand before the place."""
    before = line[max(0, at - width) : at]
    return before.endswith("\t") or (len(before) == width and before.isspace())


def _in_word(line: str, at: int) -> bool:
    before = line[at - 1 : at]
    return before.isascii() and (before.isalpha() or before in _JOINERS) and before != ""


def _joined(first: str, second: str) -> str:
    latin = first[-1:].isascii() and first[-1:].isalnum() and second[:1].isascii() and second[:1].isalnum()
    return f"{first} {second}" if latin else first + second


def _tidied(text: str) -> str:
    return _SPACES.sub(" ", text).strip().rstrip("；;").rstrip()


def _plain(letter: str) -> str:
    return chr(ord(letter) - 0xFEE0) if ord(letter) > 0xFF00 else letter
