"""Seasons of the boards: from days that the operator names, else calendar quarters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

_QUARTERS = "一二三四"


@dataclass(frozen=True, slots=True)
class Season:
    name: str
    first_day: date


def season_of(day: date, starts: Collection[date] = ()) -> Season:
    """The season that *day* is in: since the last of *starts*; before the first of them, its quarter."""
    if begun := [start for start in starts if start <= day]:
        first = max(begun)
        return Season(f"{first.year} 年 {first.month} 月 {first.day} 日起", first)
    quarter = (day.month - 1) // 3
    return Season(f"{day.year} 年{_QUARTERS[quarter]}季度", date(day.year, 3 * quarter + 1, 1))
