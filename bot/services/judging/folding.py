"""One form for what is written in many ways: width, case, traditional characters, marks, numerals."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC

from bot.services.judging.numerals import in_digits
from store.wording import normal_form

_HAN = (0x3400, 0x9FFF)
# OpenCC leaves these alone, since it cannot tell which word is meant; here both sides are folded alike.
_VARIANTS = (
    "著着 妳你 锺钟 祇只 嶽岳 甯宁 彷仿 彿佛 袓祖 瞭了 讎仇 藉借 隄堤 覆复 伕夫 牠它 拏拿 觔斤 暱昵 菓果 鎗枪 濬浚 澂澄 燄焰 薰熏 瑯琅 揹背 甦苏 籐藤 "
    "荳豆 馀余 讬托 谘咨 迳径 钜巨 麪面 曡叠 曌照 瞾照 襌禅 簷檐 衹只 粧妆 敍叙 糭粽 衞卫 鯰鲇 顎腭 枱台"
)
_RAISED = {ord(raised): f"^{digit}" for digit, raised in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_ROMAN = {code: str(code - 0x215F) for code in range(0x2160, 0x216C)}
_LETTER_EMOJI = {0x1F170 + place: chr(ord("a") + place) for place in range(26)}
_BLANKS = {9: " ", 11: " ", 12: " ", 13: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_SIGNS = {ord("∶"): ":", ord("⁄"): "/", ord("−"): "-", ord("–"): "-", ord("○"): "〇"}
_BEFORE = {**_RAISED, **_ROMAN, **_LETTER_EMOJI, **_BLANKS, **_SIGNS}
# What normal_form would drop, and what changes an answer.
_MEANT = str.maketrans(
    {"‰": "千分号", "≥": "大于等于", "≤": "小于等于", "≠": "不等于", "≈": "约等于", "±": "正负", "~": "到"}
)
# 2/3 is 三分之二; normal_form reads it in its order.
_FRACTION = re.compile(r"(?<![\d/.])(\d+)/(\d+)(?![\d/.])")
_POWER = re.compile(r"\^(?=\d)")
_EVENT_DATE = re.compile(r"(?<=\d)[.·•・](?=\d+(?:运动|事变|惨案|政变|革命|起义|讲话))")


@cache
def _simple() -> dict[int, str]:
    """Traditional characters and the simplified one for each, one for one: what a sentence is about is not asked."""
    han = [chr(code) for code in range(_HAN[0], _HAN[1] + 1)]
    simple = OpenCC("t2s").convert("\n".join(han)).split("\n")
    pairs = {ord(one): other for one, other in zip(han, simple, strict=True) if one != other and len(other) == 1}
    return pairs | {ord(pair[0]): pair[1] for pair in _VARIANTS.split()}


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
    tidied = _FRACTION.sub(r"\2分之\1", _EVENT_DATE.sub("", in_digits(tidy(text))))
    return normal_form(_POWER.sub("幂", tidied).translate(_MEANT)) or "".join(tidied.split())


_PROVINCE = re.compile(r"^(.{2,3})省(.{2,4}?)[市县]?$")


def place_form(folded: str) -> str:
    """甘肃武威 for 甘肃省武威市; anything else as it is."""
    match = _PROVINCE.match(folded)
    return match[1] + match[2] if match else folded
