"""Which days a push comes on: weekdays, or China's official working days with 调休."""

from __future__ import annotations

import re
from datetime import date

from bot.services.push import holidays

EVERY, WEEKDAYS, WEEKENDS, WORK, REST = "1234567", "12345", "67", "work", "rest"
_NAMED = {
    "每天": EVERY,
    "每日": EVERY,
    "天天": EVERY,
    "工作日": WEEKDAYS,
    "平日": WEEKDAYS,
    "不要周末": WEEKDAYS,
    "周末不发": WEEKDAYS,
    "周末除外": WEEKDAYS,
    "除了周末": WEEKDAYS,
    "周末": WEEKENDS,
    "双休日": WEEKENDS,
    "法定工作日": WORK,
    "上班日": WORK,
    "休息日": REST,
    "节假日": REST,
    "法定节假日": REST,
}
_TOLD = {EVERY: "每天", WEEKDAYS: "周一到周五", WEEKENDS: "周末", WORK: "法定工作日", REST: "休息日"}
_ORDERED = {EVERY: "每天", WEEKDAYS: "工作日", WEEKENDS: "周末", WORK: "法定工作日", REST: "休息日"}
_ISO = dict(zip("一二三四五六日天七", (1, 2, 3, 4, 5, 6, 7, 7, 7), strict=True)) | {
    str(one): one for one in range(1, 8)
}
_NAMES = "一二三四五六日"
_DAY = "[一二三四五六日天七1-7]"
_LISTED = re.compile(rf"每?(?:周|星期|礼拜)({_DAY}(?:[、,，和]?(?:周|星期|礼拜)?{_DAY})*)")
_RANGE = re.compile(rf"每?(?:周|星期|礼拜)({_DAY})(?:到|至|-|~|—)(?:周|星期|礼拜)?({_DAY})")
_ONE = re.compile(_DAY)


def read(text: str) -> str | None:
    """The days that *text* names, as a subscription keeps them; ``None`` when it names none."""
    if text in _NAMED:
        return _NAMED[text]
    if span := _RANGE.fullmatch(text):
        first, last = _ISO[span[1]], _ISO[span[2]]
        # 周六到周二 goes over the end of the week.
        wanted = {(first - 1 + step) % 7 + 1 for step in range((last - first) % 7 + 1)}
    elif listed := _LISTED.fullmatch(text):
        wanted = {_ISO[one] for one in _ONE.findall(listed[1])}
    else:
        return None
    return "".join(map(str, sorted(wanted)))


def told(days: str) -> str:
    """``周一、三、五``"""
    return _TOLD.get(days) or "周" + "、".join(_NAMES[int(one) - 1] for one in days)


def order(days: str) -> str:
    """A word that :func:`read` takes for these *days*."""
    return _ORDERED.get(days) or "周" + "".join(_NAMES[int(one) - 1] for one in days)


def falls_on(days: str, day: date) -> bool:
    """Whether a push of these *days* comes on *day*."""
    if days in (WORK, REST):
        return _works(day) is (days == WORK)
    return str(day.isoweekday()) in days


def is_official(days: str) -> bool:
    """Whether *days* need the State Council's calendar."""
    return days in (WORK, REST)


def _works(day: date) -> bool:
    announced = holidays.is_workday(day)
    # Better by the week than not at all; whoever sets it up is told.
    return day.isoweekday() < 6 if announced is None else announced
