"""Cleaning one text of a file without changing what it says."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EDGES = re.compile(r"^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NUMBERING = re.compile(
    r"""^(?: 第\s*\d{1,5}\s*题\s*[、．.:：]?\s*
        | (?!(?:1[5-9]|20)\d\d)          # 2001. is a year
          \d{1,4}\s*[、．.]\s*(?=\D)      # 3.5 and 17、18世纪 are not numbered
        )""",
    re.VERBOSE,
)
_LETTERED = re.compile(r"^[A-FＡ-Ｆ]\s*[.．、:：]\s*(?=\S)|^[A-FＡ-Ｆ]\s+(?=[\u4e00-\u9fff《“])")
_SEVERAL = re.compile(r"(?<![\d.])(\d{1,2})\s*[.、．](?!\d)")


def tidy(text: str) -> str:
    """*text* without control characters and without space around it."""
    return _EDGES.sub("", _CONTROL.sub("", text))


def storable(*texts: str) -> bool:
    """Whether the texts are real Unicode; JSON can spell half a surrogate pair, databases refuse it."""
    return not any(_SURROGATE.search(text) for text in texts)


def without_numbering(stem: str) -> str:
    """*stem* without ``123、`` or ``第5题``; kept whenever the number may belong to the question."""
    return _NUMBERING.sub("", stem, count=1) or stem


def without_letter(answer: str) -> str:
    """*answer* without the option letter before its text: ``C.红磷`` gives ``红磷``."""
    return _LETTERED.sub("", answer, count=1)


def holds_several_questions(stem: str) -> bool:
    """Whether 1. 2. 3. … number at least three questions inside the one stem."""
    numbers = [int(match[1]) for match in _SEVERAL.finditer(stem)]
    return numbers[:3] == [1, 2, 3] and len(re.findall("[？?]", stem)) >= 3
