"""Lines of a paper, however they were read: from Word, text, a PDF, or off a photo."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.services.importing.rows import UnreadableFile
from bot.services.importing.texts import tidy

MAX_LINES = 200_000
MAX_TEXT = 20_000_000
"""Characters of all lines together; a thick book of questions has 2 million."""

_ODD_SPACE = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_LONG_GAP = re.compile(r"[ \t]{41,}")
_SMALL = re.compile(r"[（(]?[a-h]\s{0,2}[.．、)）:：]")
_CAPITAL = re.compile(r"[（(]?[A-HＡ-Ｈ]\s{0,2}[.．、)）:：]")
_SMALL_ANYWHERE = re.compile(r"(?:(?<=^)|(?<=[\s（(]))[a-h](?=\s{0,2}[.．、)）:：])")
_FEWEST_SMALL = 2
_FOLDED = re.compile(
    r"(?=.*<)(?:</?(?:details|summary)\b[^<>]{0,80}>|\s|(?:点击)?(?:查看|展开|显示)(?:参考)?(?:答案|解析)){1,20}"
    r"|得分\s*[:：]\s*\d{1,3}(?:\.\d{1,2})?\s*分?|\d{1,3}\.\d\s*分"
)
"""Lines that only fold an answer away on a web page, or tell a learner's score."""
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document."""

    number: int
    """Counted from 1 in the document."""
    text: str
    has_picture: bool = False
    """A picture, or a formula that plain text cannot hold, stands on the line."""


def cleaned(lines: Iterable[Line]) -> list[Line]:
    """The lines that hold something, without control characters and with plain spaces.

    Raises:
        UnreadableFile: more text than any paper has.
    """
    kept: list[Line] = []
    total = 0
    for line in lines:
        # Without gaps of any length no expression that skips spaces takes quadratic time.
        text = tidy(_LONG_GAP.sub(" " * 40, _ODD_SPACE.sub(" ", _INVISIBLE.sub("", line.text))))
        if not line.has_picture and (not text or (len(text) < 200 and _FOLDED.fullmatch(text))):
            continue
        total += len(text)
        if len(kept) >= MAX_LINES or total > MAX_TEXT:
            raise UnreadableFile("文件太长，请拆成几份再导入")
        kept.append(Line(line.number, text, line.has_picture))
    return _with_capitals(kept)


def _with_capitals(lines: list[Line]) -> list[Line]:
    """The lines with option letters in capitals, where a paper writes all of them small."""
    small = sum(_SMALL.match(line.text) is not None for line in lines)
    capital = sum(_CAPITAL.match(line.text) is not None for line in lines)
    if small < _FEWEST_SMALL or small <= capital:
        return lines
    return [
        Line(line.number, _SMALL_ANYWHERE.sub(lambda found: found[0].upper(), line.text), line.has_picture)
        for line in lines
    ]


def flowed(parts: Iterable[str]) -> str:
    """Lines of one text put together: a line that ends in the middle of a sentence runs on."""
    joined, last = "", ""
    for part in parts:
        ended = len(last) < _BROKEN_FROM or last[-1] in "。？！：；…”）)?!:;"
        if joined and (ended or _STARTS_ANEW.match(part)):
            joined += "\n"
        elif joined and joined[-1].isascii() and joined[-1].isalnum() and part[:1].isascii() and part[:1].isalnum():
            joined += " "
        joined += part
        last = part
    return joined


_BROKEN_FROM = 25
"""Characters from which on a line may have been broken by the width of the page."""
_STARTS_ANEW = re.compile(r"[①-⑳ⅠⅡⅢⅣⅤ]|[（(][\d一二三四五六七八九十]{1,2}[)）]|I{1,3}\.|[甲乙丙丁]\s*[:：]")
