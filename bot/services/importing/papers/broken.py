"""Lines that the width of a page broke, put together again."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.services.importing.papers import marks, options
from bot.services.importing.papers.facts import lists_keys
from bot.services.importing.papers.headings import heading
from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.numbers import numbered

_FULL = 0.88
"""Share of the text's width from which on a line may go on below."""
_NARROWEST = 40
"""Columns below which a text is not set in lines of one width."""
_ENDS = "。？！：；?!:;"


def rejoined(laid_out: Sequence[Line]) -> list[Line]:
    """The lines, numbered from 1 as they stand; a line that filled the width goes on with the next one
    unless that one begins something of its own."""
    widths = sorted(_width(line.text) for line in laid_out if line.text)
    full = widths[int(len(widths) * 0.95)] * _FULL if widths else 0
    lines: list[Line] = []
    reaches = False
    for number, line in enumerate(laid_out, 1):
        bare = line.text.strip()
        if reaches and bare and not _begins(bare):
            last = lines[-1]
            gap = " " if _latin(last.text[-1:]) and _latin(bare[:1]) else ""
            lines[-1] = Line(last.number, f"{last.text}{gap}{bare}", last.has_picture or line.has_picture)
        else:
            lines.append(Line(number, bare, line.has_picture))
        reaches = full >= _NARROWEST and _width(line.text) >= full and bare[-1:] not in set(_ENDS)
    return lines


def _begins(text: str) -> bool:
    """Whether *text* opens a question, an option, a key, an explanation or a section."""
    number = numbered(text)
    if number is not None and not number.doubtful:
        return True
    key, explains = marks.at_key(text), marks.at_explanation(text)
    opens = bool(options.begins(text)) or (key is not None and not key.before)
    return opens or (explains is not None and not explains.before) or heading(text) is not None or lists_keys(text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text.rstrip())


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
