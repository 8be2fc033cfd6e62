"""How much a member wants to review a day, and what that makes of the days to come."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from store.models import Studying

DEFAULT_CAP = 50
MOST = 300
_CAP = re.compile(r"(?:每天|每日|一天)\s*(?:最多)?\s*(?:(?P<cap>\d{1,4})\s*[题道个]?|(?P<default>默认|不限))?")
_EASY = re.compile(r"轻松日?\s*(?P<days>.*)", re.DOTALL)
_WEEKDAY = "(?:周|星期|礼拜)"
_RANGE = re.compile(rf"{_WEEKDAY}([一二三四五六日])\s*[到至~-]\s*{_WEEKDAY}?([一二三四五六日])")
_NAMED = re.compile(rf"(?P<weekend>周末)|{_WEEKDAY}(?P<days>[一二三四五六日](?:[、和]?[一二三四五六日])*)")
_DAYS = "一二三四五六日"
_NONE = ("取消", "没有", "无", "不要", "关")


class Unread(ValueError):
    """It looks like a setting and cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Load:
    """The most reviews of a day, and the weekdays (Monday 0) with half of what would come."""

    cap: int = DEFAULT_CAP
    easy_days: frozenset[int] = frozenset()

    def quota(self, day: date, waiting: int) -> int:
        """How many of *waiting* questions that *day* takes."""
        taken = min(waiting, self.cap)
        return (taken + 1) // 2 if day.weekday() in self.easy_days else taken

    def plan(self, today: date, due: Sequence[int], done: int) -> list[int]:
        """How many come on each day from *today* on, when *due* fall due there and *done* were reviewed today.

        What a day does not take waits for the next.
        """
        planned: list[int] = []
        waiting = done
        for ahead, count in enumerate(due):
            waiting += count
            taken = self.quota(today + timedelta(days=ahead), waiting)
            planned.append(max(0, taken - done) if ahead == 0 else taken)
            # More may have been done than today would have asked for.
            waiting -= max(taken, done) if ahead == 0 else taken
        return planned

    @property
    def told(self) -> str:
        """In words: ``每天最多 30 题，周六、周日减半``."""
        easy = f"，{named(self.easy_days)}减半" if self.easy_days else ""
        return f"每天最多 {self.cap} 题{easy}"


def load_of(settings: Studying | None) -> Load:
    if settings is None:
        return Load()
    return Load(settings.daily_cap or DEFAULT_CAP, frozenset(settings.easy_days))


def wanted(text: str) -> dict[str, Any] | None:
    """What a member sets by *text*, as columns of :class:`Studying`; empty when it asks how they are set, ``None``
    when it sets nothing.

    Raises:
        Unread: it means to set something, and cannot be understood.
    """
    if cap := _CAP.fullmatch(text):
        if cap["default"]:
            return {"daily_cap": None}
        if cap["cap"] is None:
            return {}
        if not 1 <= int(cap["cap"]) <= MOST:
            raise Unread(text)
        return {"daily_cap": int(cap["cap"])}
    easy = _EASY.fullmatch(text)
    if easy is None:
        if text.startswith(("每天", "每日", "一天")):
            raise Unread(text)
        return None
    said = easy["days"].strip()
    if not said:
        return {}
    return {"easy_days": [] if said in _NONE else sorted(weekdays(said))}


def weekdays(text: str) -> set[int]:
    """The weekdays, Monday 0, that *text* names: ``周六 周日``, ``周末``, ``星期一、三``, ``周一到周五``.

    Raises:
        Unread: there are none, all seven, or something else is said too.
    """
    found: set[int] = set()
    text = text.replace("天", "日")
    for first, last in _RANGE.findall(text):
        found |= {day % 7 for day in range(_DAYS.index(first), _DAYS.index(first) + _span(first, last))}
    text = _RANGE.sub("", text)
    for name in _NAMED.finditer(text):
        found |= {5, 6} if name["weekend"] else {_DAYS.index(day) for day in name["days"] if day in _DAYS}
    rest = _NAMED.sub("", text).strip(" 、，,和\u3000")
    if rest or not found or len(found) == len(_DAYS):
        raise Unread(text)
    return found


def named(days: frozenset[int]) -> str:
    """``周六、周日``."""
    return "、".join(f"周{_DAYS[day]}" for day in sorted(days))


def _span(first: str, last: str) -> int:
    """Days from *first* to *last*, both included, over the end of the week if need be."""
    return (_DAYS.index(last) - _DAYS.index(first)) % 7 + 1
