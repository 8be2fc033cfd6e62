"""The original project's layout: one question a line, ``题干：->答案``.

A row is a line with a separator. A line without one is a row too when it asks
something (it is then rejected, never dropped); titles and notes are asides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.services.importing.pairs import pair
from bot.services.importing.rows import Aside, Item, Rejected
from bot.services.importing.texts import tidy
from paper.excerpts import excerpt

_Line = tuple[int, str]

# Tried in this order: a line with one "->" is split there even if "→" stands in its answer.
_SEPARATORS = (
    re.compile(r"(?<![<＜])-+>"),
    re.compile(r"(?<![<＜])[-－—–−‒―]+\s*[>＞]"),
    re.compile(r"[→➔➜➡⇒⟶]|=+[>＞]"),
)
_LEADS_TO_ANSWER = re.compile(r"[:：？?]\s*$")
_ASKS = re.compile(r"[？?]|[(（]\s*[)）]|_{2,}")
_HEADING = re.compile(
    r"第.{1,4}[章节部编篇]|[（(]?[一二三四五六七八九十]+[)）、.．]|[-—=*#@]{1,}|https?:|.*(?:来源|版权|微信|微博|公众号)"
)
_LONGEST_ANSWER_LINE = 60


def rows_of(texts: Iterable[str]) -> Iterator[Item]:
    """The rows in paragraph texts; numbers count lines from 1, blank ones too."""
    for number, text in _rejoined(_lines(texts)):
        yield _row(number, text)


def mostly_arrows(texts: Iterable[str]) -> bool:
    """Whether at least half of the lines that are no headings lead to an answer with a separator."""
    led = plain = 0
    for text in texts:
        for line in text.split("\n"):
            if not tidy(line):
                continue
            if isinstance(_split(line), tuple):
                led += 1
            elif not _HEADING.match(tidy(line)):
                plain += 1
    return led > 0 and led >= plain


def _row(number: int, text: str) -> Item:
    found = _split(text)
    if isinstance(found, Rejected):
        return Rejected(number, found.reason, excerpt(text))
    if found is not None:
        return pair(number, *found)
    if _ASKS.search(text):
        return Rejected(number, "没有分隔符 ->，分不出答案", excerpt(text))
    return Aside(number, excerpt(text))


def _split(text: str) -> tuple[str, str] | Rejected | None:
    """Stem and answer; ``None`` without any separator."""
    for separator in _SEPARATORS:
        marks = list(separator.finditer(text))
        if len(marks) > 1:
            marks = [mark for mark in marks if _LEADS_TO_ANSWER.search(text[: mark.start()])]
            if len(marks) != 1:
                return Rejected(0, "有几个分隔符，分不清答案从哪里开始", "")
        if marks:
            return text[: marks[0].start()], text[marks[0].end() :]
    return None


def _lines(texts: Iterable[str]) -> Iterator[_Line]:
    """Lines that are not blank; a paragraph with one separator stays whole, soft breaks and all."""
    number = 0
    for text in texts:
        parts = text.split("\n")
        if len(parts) > 1 and sum(_split(part) is not None for part in parts) > 1:
            units = list(enumerate(parts, number + 1))
        else:
            units = [(number + 1, text)]
        number += len(parts)
        for at, unit in units:
            if cleaned := tidy(unit):
                yield at, cleaned


def _rejoined(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Lines, with those put together where the answer slipped to the next line."""
    held: _Line | None = None
    last = 0
    for number, text in lines:
        if held is not None and number == last + 1 and _belong_together(held[1], text):
            held = (held[0], f"{held[1]}\n{text}")
        else:
            if held is not None:
                yield held
            held = (number, text)
        last = number
    if held is not None:
        yield held


def _belong_together(first: str, second: str) -> bool:
    opening, closing = _split(first), _split(second)
    if isinstance(opening, tuple) and tidy(opening[0]) and not tidy(opening[1]):
        plain = closing is None and not _ASKS.search(second) and not _HEADING.match(second)
        return plain and len(second) <= _LONGEST_ANSWER_LINE
    asks = opening is None and bool(_ASKS.search(first) or first.endswith((":", "：")))
    return asks and isinstance(closing, tuple) and not tidy(closing[0])
