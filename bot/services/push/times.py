"""Times of the day as people write them: ``7:30``, ``早上八点``, ``每晚9点半``, ``晚上十点一刻``."""

from __future__ import annotations

import re

_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_NUMBER = r"\d{1,2}|[零〇一二两三四五六七八九十]{1,3}"
_NONE = 99
_PARTS = {
    "凌晨": "night",
    "半夜": "night",
    "清晨": "morning",
    "清早": "morning",
    "大清早": "morning",
    "一早": "morning",
    "早上": "morning",
    "早晨": "morning",
    "早": "morning",
    "上午": "morning",
    "中午": "noon",
    "正午": "noon",
    "下午": "afternoon",
    "傍晚": "evening",
    "晚上": "evening",
    "晚间": "evening",
    "夜里": "evening",
    "夜晚": "evening",
    "晚": "evening",
}
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_TIME = re.compile(
    rf"(?:每[天日]?)?(?P<part>{_PART})?\s*(?P<hour>{_NUMBER})\s*"
    rf"(?:[:：.](?P<colon>\d{{2}})|(?:点钟?|时)(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_NUMBER})分?)?)"
)
_DIGITS_ALONE = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
_MIDNIGHT = {"零点": 0, "午夜": 0, "正午": 720, "中午": 720}


class NoTime(ValueError):
    """It looks like a time and is none; the message is Chinese."""


def minute_of(text: str) -> int | None:
    """The minute of the day that *text* names, 0 to 1439; ``None`` when it is no time at all.

    Raises:
        NoTime: it is written like a time, but no clock shows it.
    """
    if text in _MIDNIGHT:
        return _MIDNIGHT[text]
    if alone := _DIGITS_ALONE.fullmatch(text):
        return int(alone[1]) * 60 + int(alone[2])
    if text.removeprefix("每") in _PARTS:
        raise NoTime(f"「{text}」是几点？写成 08:00 或 早上八点 这样。")
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute = _number(found["hour"]), _minutes(found)
    hour = _in_part(hour, _PARTS.get(found["part"] or "", ""), text)
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise NoTime(f"没有「{text}」这个时间，写成 08:00 这样。")
    return hour * 60 + minute


def clock(minute: int) -> str:
    """``08:00``"""
    return f"{minute // 60:02}:{minute % 60:02}"


def _in_part(hour: int, part: str, text: str) -> int:
    """The hour of 24 that *hour* is in that part of the day."""
    match part:
        case "afternoon" if 1 <= hour <= 11:
            return hour + 12
        case "evening" if 5 <= hour <= 11:
            return hour + 12
        case "evening" if hour == 12:
            return 24
        case "evening" if 1 <= hour <= 4:
            raise NoTime(f"「{text}」是几点？凌晨写成 0{hour}:00，下午写成 {hour + 12}:00。")
        case "noon" if 1 <= hour <= 2:
            return hour + 12
        case "night" if hour == 12:
            return 0
        case "morning" | "night" if hour > 12:
            raise NoTime(f"「{text}」前后对不上，写成 08:00 这样。")
        case _:
            return hour


def _minutes(found: re.Match[str]) -> int:
    if found["colon"]:
        return int(found["colon"])
    if found["half"]:
        return 30
    if found["quarter"]:
        return _number(found["quarter"]) * 15
    return _number(found["minute"]) if found["minute"] else 0


def _number(text: str) -> int:
    """``十二`` and ``12``; what is no number is larger than any on a clock."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        # 零五 is five; 二三 is nothing.
        return _DIGITS[text[-1]] if not text[:-1].strip("零〇") else _NONE
    if {tens, ones} <= {"", *_DIGITS}:
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
    return _NONE
