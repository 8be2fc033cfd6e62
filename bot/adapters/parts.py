"""A text that is too long for one message, in several; or shortened to one."""

from __future__ import annotations

import re
import unicodedata

_SENTENCE = re.compile(r"""[。！？；!?;…]+[”’」』）)"']*|\.(?=\s)""")
_SPACES = " \t\u3000"
_JOINER = "\u200d"
_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Two of these letters are one flag."""
_OMITTED = "……"


def width(text: str) -> int:
    """UTF-16 code units: of what platforms mean by characters, the one that counts most."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> list[str]:
    """*text* in parts of at most *limit* each, measured by :func:`width`; as it is where it fits.

    A part ends where a paragraph does if that is in its second half, else where a line does, a sentence, a word; else
    anywhere, but not within what people see as one character. Nothing is lost but white space at the cuts.
    """
    parts: list[str] = []
    rest = text
    while width(rest) > limit:
        place = _place(rest, _fitting(rest, limit // 2), _fitting(rest, limit))
        if part := rest[:place].rstrip():
            parts.append(part)
        rest = rest[place:].lstrip()
    if rest or not parts:
        parts.append(rest)
    return parts


def shortened(text: str, limit: int) -> str:
    """*text*, or as much of it as fits into *limit*, and then ``……``."""
    if width(text) <= limit:
        return text
    end = _fitting(text, limit - len(_OMITTED))
    return text[: _between(text, 0, end)].rstrip() + _OMITTED


def _fitting(text: str, limit: int) -> int:
    """How many code points of *text* are no wider than *limit*; at least one."""
    # They are between half as many and as many as it is wide.
    end = max(limit // 2, 1)
    left = limit - width(text[:end])
    while end < len(text) and (left := left - width(text[end])) >= 0:
        end += 1
    return end


def _place(text: str, half: int, end: int) -> int:
    """The best place to cut, after *half* and not after *end*."""
    for mark in ("\n\n", "\n"):
        if (found := text.rfind(mark, half + 1, end + len(mark))) > half:
            return found
    sentences = [one.end() for one in _SENTENCE.finditer(text, half, end + 1) if half < one.end() <= end]
    if sentences:
        return sentences[-1]
    if (found := max(text.rfind(space, half + 1, end + 1) for space in _SPACES)) > half:
        return found
    return _between(text, half, end)


def _between(text: str, half: int, end: int) -> int:
    """The last place between two characters after *half* and not after *end*; *end* where there is none."""
    return next((place for place in range(end, half, -1) if _parts(text, place)), end)


def _parts(text: str, place: int) -> bool:
    """Whether one character ends and another begins at *place*: by the rules that matter for Chinese and emoji."""
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if before == _JOINER or before + after == "\r\n" or _continues(after):
        return False
    flags = len(text[:place]) - len(text[:place].rstrip(_FLAGS))
    return not (after in _FLAGS and flags % 2)


def _continues(char: str) -> bool:
    """It changes what stands before it: accents, variants, the parts of emoji, vowels and finals of Hangul."""
    mark = unicodedata.category(char).startswith("M")
    emoji = char == _JOINER or "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"
    return mark or emoji or "\u1160" <= char <= "\u11ff"
