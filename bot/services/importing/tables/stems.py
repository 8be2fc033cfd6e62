"""Stems without what is not part of the question: markup, numbering, credits."""

from __future__ import annotations

import html
import re

from bot.services.importing.texts import tidy, without_numbering

_TAG = re.compile(
    r"</?(?:p|br|span|div|font|b|i|u|em|strong|sub|sup|ul|ol|li|a|o:p|table|tbody|tr|td)\b[^<>]{0,500}>", re.I
)
_BREAKING = re.compile(r"<(?:br|/p|/div|/li|/tr)\b[^<>]{0,500}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
_PICTURE = re.compile(r"<img\b|\[\s*(?:图片|image|图)\s*\]|【图片?】|DISPIMG\(|!\[[^\]]{0,80}\]\(", re.IGNORECASE)
_CREDIT = re.compile(
    r"[（(]\s{0,4}(?:出题|推荐|组织|命题|供题)[^（）()]{0,60}(?:[（(][^（）()]{0,40}[)）][^（）()]{0,40})?[)）]"
)
_IS_CREDIT = re.compile(r"出题|[:：]")
_CREDIT_AT_END = re.compile(
    r"[（(]?\s{0,4}(?:(?:组织|推荐)(?:单位)?\s{0,4}[:：]\s{0,4}[^\s，。？！?!:：]{1,40}\s{0,4})?"
    r"(?:出题|命题|供题)(?:单位|人|者)?\s{0,4}[:：][^。？！?!，,（）()]{1,60}$"
)
_NUMBER = re.compile(r"^\s{0,9}(?:第\s?)?([（(【\[]?)\s{0,3}(\d{1,5})\s{0,3}(?:题\s{0,3})?([、．.。)）\]】:：]?)\s*")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d\s*[年—\-.]|\d{1,2}月")
_UNIT = re.compile(r"[年月日号世届个名人元米克度%％‰\d分秒时点岁次种条位千百十万亿多余倍\-—~～/.]")
_STEP = 20
_GAP = re.compile(r"\s{20,}")
_SHORT = 500


def cleaned(text: str) -> str:
    """*text* as :func:`plain` and :func:`bot.services.importing.texts.tidy` leave it; quick for what needs neither."""
    if text.isprintable() and len(text) <= _SHORT and "<" not in text and "&" not in text:
        return text.strip()
    return tidy(plain(text))


def plain(text: str) -> str:
    """*text* without HTML, which question sites export into their tables, and without wide gaps."""
    if "<" in text and _TAG.search(text):
        text = _TAG.sub("", _BREAKING.sub("\n", text))
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    return (_GAP.sub(" ", text) if len(text) > _SHORT else text).strip()


def needs_picture(text: str) -> bool:
    """Whether *text* shows the place of a picture."""
    return bool(_PICTURE.search(text))


def without_credits(stem: str) -> str:
    """*stem* without ``（出题：… 推荐：…）`` anywhere and ``出题：…`` at its end; kept when nothing else is left."""
    if not any(word in stem for word in ("出题", "推荐", "组织", "命题", "供题")):
        return stem
    bare = _CREDIT.sub(lambda match: "" if _IS_CREDIT.search(match[0]) else match[0], stem)
    bare = _CREDIT_AT_END.sub("", bare.rstrip()).rstrip()
    return bare or stem


def number_of(stem: str) -> int | None:
    """The marked running number before *stem*; ``None`` without one."""
    match = _NUMBER.match(stem)
    return int(match[2]) if match and match[3] and match.end() < len(stem) else None


class Numbering:
    """Takes the running numbers off stems.

    Where a sheet numbers its stems, the numbers before tell ``2001、`` and
    ``9、2019年`` from numbers that belong to the question.
    """

    def __init__(self, *, numbered: bool) -> None:
        self._numbered = numbered
        self._last = 0

    def take_off(self, stem: str) -> str:
        """*stem* without its running number."""
        if self._numbered and (match := _NUMBER.match(stem)) and self._follows(match, stem):
            self._last = int(match[2])
            return stem[match.end() :]
        return without_numbering(stem)

    def _follows(self, match: re.Match[str], stem: str) -> bool:
        number, rest = int(match[2]), stem[match.end() :]
        if not rest:
            return False
        near = self._last < number <= self._last + _STEP or number == 1
        if not match[3]:
            # 1616北宋画家 with the mark forgotten, but not 1990年.
            return near and self._last > 2 and not _UNIT.match(rest)
        if match[3] in ".．" and rest[0].isdigit() and not _YEAR.match(rest):
            return False
        return near or self._last == 0
