"""One form for what is written in many ways: width, case, traditional characters, marks, numerals."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC

from bot.services.quiz.judging.numerals import in_digits
from store.wording import normal_form

_HAN = (0x3400, 0x9FFF)
# OpenCC leaves these alone, since it cannot tell which word is meant; here both sides are folded alike.
_ALSO = {"著": "着", "妳": "你", "锺": "钟", "祇": "只", "嶽": "岳", "甯": "宁", "彷": "仿", "彿": "佛"}
_RAISED = {ord(raised): f"^{digit}" for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_ROMAN = {code: str(code - 0x215F) for code in range(0x2160, 0x216C)}
_LETTER_EMOJI = {0x1F170 + place: chr(ord("a") + place) for place in range(26)}
_SIGNS = {ord("∶"): ":", ord("⁄"): "/", ord("−"): "-", ord("–"): "-", ord("○"): "〇"}
_BEFORE = {**_RAISED, **_ROMAN, **_LETTER_EMOJI, **_SIGNS}
_POWER = re.compile(r"\^(?=\d)")
_EVENT_DATE = re.compile(r"(?<=\d)[.·•・](?=\d+(?:运动|事变|惨案|政变|革命|起义|讲话))")


@cache
def _simple() -> dict[int, str]:
    """Traditional characters and the simplified one for each, one for one: what a sentence is about is not asked."""
    han = [chr(code) for code in range(_HAN[0], _HAN[1] + 1)]
    simple = OpenCC("t2s").convert("\n".join(han)).split("\n")
    pairs = {ord(one): other for one, other in zip(han, simple, strict=True) if one != other and len(other) == 1}
    return pairs | {ord(one): other for one, other in _ALSO.items()}


@lru_cache(maxsize=8192)
def tidy(text: str) -> str:
    """*text* at half width, in small letters and simplified characters, without invisible characters.

    Punctuation and single blanks stay; raised digits become ``^2``, Roman numerals digits.
    """
    seen = "".join(c for c in text.translate(_BEFORE) if unicodedata.category(c) not in ("Cf", "Cc", "Mn") or c == "\n")
    folded = unicodedata.normalize("NFKC", seen).casefold().translate(_simple()).translate(_SIGNS)
    return " ".join(folded.split())


@lru_cache(maxsize=8192)
def form(text: str) -> str:
    """What is left of *text* to compare: words and digits alone; numerals are digits, 三百 is 300.

    Signs that change an answer (``30:2``, ``-5``, ``%``) are kept as words, as in :func:`store.wording.normal_form`.
    """
    tidied = _EVENT_DATE.sub("", in_digits(tidy(text)))
    return normal_form(_POWER.sub("幂", tidied)) or "".join(tidied.split())
