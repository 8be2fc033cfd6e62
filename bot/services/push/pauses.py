"""How long somebody wants a push to pause, read from words: ``到 12-05``, ``7天``, ``下周一``."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.services.push.orders import IN_WORDS, Unclear, shown

_UNTIL = re.compile(
    r"(?:到|至)?\s*(?:(?P<year>\d{4})\s*[-./年]\s*)?(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})\s*[日号]?(?:为止)?"
)
_FOR = re.compile(r"(\d{1,3}|[一二两三四五六七八九十])\s*(天|周|个?星期|个?月)")
_NEAR = {"今天": 0, "今晚": 0, "明天": 1, "明晚": 1, "后天": 2, "大后天": 3}
_WEEKDAY = re.compile(r"(?P<next>下)?(?:这|本)?(?:个)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_ISO = dict(zip("一二三四五六日天", (1, 2, 3, 4, 5, 6, 7, 7), strict=True))
_FAR = timedelta(days=180)
"""A day without a year that would be later than this is rather one that is over."""
_LONGEST_PAUSE = timedelta(days=366)


def until(text: str, today: date) -> date | None:
    """The last day of a pause; ``None`` for one without end.

    Raises:
        Unclear: it is no day, or one that is over.
    """
    text = text.strip()
    if not text:
        return None
    if length := _FOR.fullmatch(text.removesuffix("后")):
        count = int(length[1]) if length[1].isdecimal() else IN_WORDS[length[1]]
        each = {"天": 1, "周": 7}.get(length[2], 7 if "星期" in length[2] else 30)
        if not count:
            raise Unclear("至少暂停 1 天。")
        return _not_too_long(today + timedelta(days=count * each - 1), today)
    said = re.sub(r"^[到至]\s*|为止$", "", text)
    if (ahead := _ahead(said, today)) is not None:
        return today + timedelta(days=ahead)
    found = _UNTIL.fullmatch(text)
    if found is None:
        raise Unclear(f"「{shown(said)}」是哪天？写成 12-05、下周一 或 7天。")
    try:
        day = date(int(found["year"] or today.year), int(found["month"]), int(found["day"]))
        if day < today and not found["year"]:
            later = day.replace(year=today.year + 1)
            day = later if later - today < _FAR else day
    except ValueError as error:
        raise Unclear(f"没有「{shown(said)}」这一天，写成 12-05 这样。") from error
    if day < today:
        raise Unclear(f"{day.month}月{day.day}日已经过了，写今天或以后的日子。")
    return _not_too_long(day, today)


def _ahead(said: str, today: date) -> int | None:
    """How many days away 后天 or 下周一 is; ``None`` for what names no such day."""
    if said in _NEAR:
        return _NEAR[said]
    if (found := _WEEKDAY.fullmatch(said)) is None:
        return None
    wanted, here = _ISO[found["day"]], today.isoweekday()
    return wanted - here + 7 if found["next"] else (wanted - here) % 7


def _not_too_long(day: date, today: date) -> date:
    if day - today > _LONGEST_PAUSE:
        raise Unclear("一次最多暂停一年；不写日子就一直停着，直到恢复。")
    return day
