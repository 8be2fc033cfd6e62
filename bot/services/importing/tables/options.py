"""Options: their letters, several in one text, and those repeated at the end of a stem."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, cast

from bot.services.importing.keys import LETTERS
from store.wording import option_form

_MARK = r"\s{0,9}[.．、:：,，)）\]】]\s*"
_LED = re.compile(rf"^\s{{0,9}}[（(\[【]?\s{{0,4}}([A-HＡ-Ｈa-hａ-ｈ]){_MARK}(?=\S)")
_SPACED = re.compile(r"^([A-HＡ-Ｈ])(?:\s+(?=[\u4e00-\u9fff《“\d])|\s{0,3}[-—–]\s{0,3}(?=\S)|(?=[\u4e00-\u9fff《“]))")
_BREAKS = (
    re.compile(r"\$[;；,，|]\$"),
    re.compile(r"\n+"),
    re.compile(r"\|{1,3}|｜"),
    re.compile(r"\${1,3}"),
    re.compile(r"[;；]"),
    re.compile(r"\t+"),
)
_LOOKED_AT = 8000
_LAST_WORD = re.compile(r"([^\W_])[\W_]{0,20}$")
_TORN = re.compile(r"(?<=[\u4e00-\u9fff\d》”）)。])\s{0,9}([B-H]{1,7})$")


def letter_of(text: str) -> tuple[str, str]:
    """The letter before an option's text and the bare text: ``C.  时间`` gives ``C`` and ``时间``; no letter is empty."""
    if match := _LED.match(text):
        return unicodedata.normalize("NFKC", match[1]).upper(), text[match.end() :].strip()
    return "", text.strip()


def bare_options(cells: Sequence[str]) -> tuple[str, ...]:
    """Texts of the option cells without their letters, in the order of the letters.

    A cell that holds nothing but its own letter is an option the question does
    not have; those and empty cells are dropped from the end. Cells whose
    letters belong to other columns are put in order.
    """
    texts = [text.strip() for text in cells]
    while texts and (not texts[-1] or _bare_letter(texts[-1], len(texts) - 1)):
        texts.pop()
    led = [letter_of(text) for text in texts]
    letters = [letter for letter, _ in led]
    if len(texts) > 1 and letters != sorted(letters) and sorted(letters) == list(LETTERS[: len(texts)]):
        return tuple(text for _, text in sorted(led))
    if len(texts) > 1 and all(_spaced(text, at) for at, text in enumerate(texts)):
        bare = tuple(_SPACED.sub("", text) for text in texts)
        # A类, B类, C类 are names, not options with their letters.
        if not has_twins(bare):
            return bare
    return tuple(
        bare if at < len(LETTERS) and letter == LETTERS[at] else text
        for at, (text, (letter, bare)) in enumerate(zip(texts, led, strict=True))
    )


def split_options(text: str) -> tuple[str, ...]:
    """The options that one cell holds, with their letters; empty when they cannot be told apart.

    They are a JSON list, or marked A. B. C. …, or stand apart by line, ``|``, ``$`` or ``;``.
    """
    text = text.strip()[:_LOOKED_AT]
    if text.startswith("[") and (listed := _json_list(text)):
        return listed
    if marked := _marked(text, 0):
        return marked
    for between in _BREAKS:
        parts = [part.strip() for part in between.split(text)]
        if len(parts := [part for part in parts if part]) > 1:
            return tuple(parts)
    return ()


def stem_options(stem: str) -> tuple[str, tuple[str, ...]]:
    """*stem* without the marked options at its end, and those; no options where they are not clearly there."""
    head = stem[:_LOOKED_AT]
    for match in re.finditer(rf"[（(]?[AＡ]{_MARK}", head):
        options = _marked(head, match.start())
        if len(options) > 1 and match.start() > 0:
            last = _TORN.search(options[-1])
            # Templates print the letters of options that the question lacks.
            if last and last[1] == LETTERS[len(options) : len(options) + len(last[1])]:
                options = (*options[:-1], options[-1][: last.start()])
            return stem[: match.start()].rstrip(), options
    return stem, ()


def without_repeated(stem: str, cells: Sequence[str]) -> str:
    """*stem* without its end when that repeats the option *cells*, letters and all.

    Punctuation and spaces may differ.
    """
    texts = [cell for cell in cells if cell.strip()]
    if len(texts) < 2:
        return stem
    ends = [_LAST_WORD.search(text) for text in (stem, texts[-1])]
    if not (ends[0] and ends[1] and _same(ends[0][1], ends[1][1])):
        return stem
    lettered = [text if letter_of(text)[0] else LETTERS[at] + text for at, text in enumerate(texts[: len(LETTERS)])]
    folded, at = _folded(stem)
    for tail in {"".join(_folded(text)[0] for text in form) for form in (texts, lettered)}:
        if tail and folded.endswith(tail) and len(folded) > len(tail):
            cut = at[len(folded) - len(tail)]
            return stem[:cut].rstrip(" \t\r\n\u3000（([【“‘")
    return stem


def has_twins(options: Sequence[str]) -> bool:
    """Whether two options say the same."""
    return len({_form(option) for option in options}) < len(options)


def _form(option: str) -> str:
    # What option_form would give, for the many options of plain words.
    if option.isalnum() and unicodedata.is_normalized("NFKC", option):
        return option.casefold()
    return option_form(option)


def _bare_letter(text: str, at: int) -> bool:
    folded = unicodedata.normalize("NFKC", text).strip(" .、:。,)）(（")
    return at < len(LETTERS) and folded == LETTERS[at]


def _spaced(text: str, at: int) -> bool:
    match = _SPACED.match(text)
    return match is not None and at < len(LETTERS) and unicodedata.normalize("NFKC", match[1]) == LETTERS[at]


def _json_list(text: str) -> tuple[str, ...]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    parts = [str(part) for part in cast("list[Any]", value)] if isinstance(value, list) else []
    return tuple(parts) if len(parts) > 1 else ()


def _marked(text: str, start: int) -> tuple[str, ...]:
    """Options marked A, B, C, … in order from *start*, where A's mark stands; empty for fewer than two."""
    marks: list[int] = []
    at = start
    for letter in LETTERS:
        wide = chr(ord(letter) + 0xFEE0)
        pattern = re.compile(rf"[（(\[【]?[{letter}{wide}]{_MARK}")
        match = pattern.match(text, at) if letter == "A" else pattern.search(text, at)
        if match is None:
            break
        marks.append(match.start())
        at = match.end()
    if len(marks) < 2:
        return ()
    ends = [*marks[1:], len(text)]
    return tuple(text[begin:end].strip(" \t\r\n;；|,，$") for begin, end in zip(marks, ends, strict=True))


def _same(char: str, other: str) -> bool:
    return unicodedata.normalize("NFKC", char).casefold() == unicodedata.normalize("NFKC", other).casefold()


def _folded(text: str) -> tuple[str, list[int]]:
    """The letters and digits of *text*, folded, and where each stands in it."""
    kept: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        for folded in unicodedata.normalize("NFKC", char).casefold():
            if folded.isalnum():
                kept.append(folded)
                at.append(place)
    return "".join(kept), at
