"""Numbers written in Chinese or digits, whole, broken or in parts of a hundred."""

from __future__ import annotations

import re
from fractions import Fraction

_DIGITS = {
    character: value
    for value, characters in enumerate(
        ("〇零", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for character in characters
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
_LONGEST = 24
"""Characters of a numeral; what is longer is no number that anybody means."""

CHINESE = "".join((*_DIGITS, *_SMALL, *_BIG))
# 伍 and 陆 are names as well: in words they stay.
_IN_WORDS = CHINESE.replace("伍", "").replace("陆", "")
# 千 of 千克 belongs to the unit.
UNIT_AHEAD = "(?!千[米克瓦伏帕焦欧赫卡]|百帕)"
_RUN = re.compile(f"[0-9]*{UNIT_AHEAD}[{_IN_WORDS}](?:{UNIT_AHEAD}[{_IN_WORDS}0-9])*")
_TOKEN = re.compile(f"[0-9]+|[{CHINESE}]")
_DECIMAL = re.compile(rf"([0-9{CHINESE}]+?)[.点]([0-9〇零一二三四五六七八九]+)([十百千]*[万亿]*)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")


def in_digits(text: str) -> str:
    """*text* with each numeral in digits: 一千九百一十一 and 一九一一 are both 1911, 二百六 is 260."""
    return _RUN.sub(lambda run: str(whole(run[0])) if len(run[0]) <= _LONGEST else run[0], text)


def number(text: str) -> Fraction | None:
    """The number that all of *text* writes: ``1,260``, 三点一四, 14.1亿; ``None`` when it writes none."""
    if not text or len(text) > _LONGEST:
        return None
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if match := _DECIMAL.fullmatch(text):
        places = "".join(str(_DIGITS.get(character, character)) for character in match[2])
        small = Fraction(int(places), 10 ** len(places))
        return (whole(match[1]) + small) * _scale(match[3])
    return Fraction(whole(text)) if all(c in CHINESE or c in "0123456789" for c in text) else None


def whole(numeral: str) -> int:
    """The whole number that Chinese or mixed digits write, place by place or with 十百千万亿."""
    tokens: list[str] = _TOKEN.findall(numeral)
    if not any(token in _SMALL or token in _BIG for token in tokens):
        return int("".join(str(_DIGITS.get(token, token)) for token in tokens) or "0")
    for scale in ("亿", "万"):
        if scale in tokens:
            at = len(tokens) - 1 - tokens[::-1].index(scale)
            head, tail = tokens[:at], tokens[at + 1 :]
            return (whole("".join(head)) if head else 1) * _BIG[scale] + _tail(tail, _BIG[scale])
    return _section(tokens)


def _tail(tokens: list[str], scale: int) -> int:
    """What follows 万 or 亿: a lone digit counts the next lower place, as in 一万五."""
    if len(tokens) == 1 and 0 < _value(tokens[0]) < 10:
        return _value(tokens[0]) * scale // 10
    return whole("".join(tokens)) if tokens else 0


def _section(tokens: list[str]) -> int:
    total, digit, last = 0, None, 1
    for token in tokens:
        if token in _SMALL:
            last = _SMALL[token]
            total, digit = total + (1 if digit is None else digit) * last, None
        else:
            value = _value(token)
            # 零 fills a gap: what follows is counted in ones.
            last = 1 if value == 0 else last
            digit = value if not digit else digit * 10 + value
    return total + (digit or 0) * (last // 10 if last >= 100 and digit and digit < 10 else 1)


def _scale(scales: str) -> int:
    product = 1
    for scale in scales:
        product *= _SMALL.get(scale) or _BIG[scale]
    return product


def _value(token: str) -> int:
    return int(_DIGITS.get(token, token)) if token in _DIGITS or token.isdigit() else 0
