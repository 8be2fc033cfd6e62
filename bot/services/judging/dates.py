"""Days and years: 1949年10月1日, 1949.10.1, 四九年十月一号, 公元前841年."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.services.judging.numerals import CHINESE, number

_N = f"[0-9{CHINESE}]{{1,9}}"
_ERA = r"(?P<era>公元前|西元前|公元|西元|前(?=[^年]{1,8}年?)|bc|b\.c\.)?"
_WORDS = re.compile(
    rf"{_ERA}(?P<y>{_N})年(?:(?P<m>{_N})月(?:份)?(?:(?P<d>{_N})[日号]?)?)?(?P<after>bc)?"
    rf"|(?P<m2>{_N})月(?P<d2>{_N})[日号]?"
    r"|(?P<y3>[12][0-9]{3})[./\-](?P<m3>[01]?[0-9])[./\-](?P<d3>[0-3]?[0-9])(?![0-9])"
    r"|(?<![0-9])(?P<y4>[12][0-9]{3})(?P<m4>[01][0-9])(?P<d4>[0-3][0-9])(?![0-9])"
    rf"|(?P<era5>公元前|西元前|公元|西元|前|bc|b\.c\.)(?P<y5>{_N})(?![0-9{CHINESE}世年])"
    r"|(?P<y6>[0-9]{1,4})(?P<after6>bc|b\.c\.)"
)
_YEAR_AND_MONTH = re.compile(r"(?<![0-9])(?P<y>[12][0-9]{3})[./\-](?P<m>[01]?[0-9])(?![0-9./\-])")
_SHORT = re.compile(r"(?<![0-9])(?P<m>[01]?[0-9])[./\-](?P<d>[0-3]?[0-9])(?![0-9])")
_BEFORE = ("公元前", "西元前", "前", "bc", "b.c.")
_LEAST_YEAR = 1000
"""Below it and without an era, so many 年 are years that pass."""


@dataclass(frozen=True, slots=True)
class Date:
    year: int | None
    month: int | None
    day: int | None
    era: Literal["", "bc", "ad"] = ""
    """As written; empty when nothing was."""


def date_at(text: str, start: int, *, short: bool) -> tuple[Date, int] | None:
    """The date that begins at *start* of a tidy text without blanks, and where it ends.

    *short*: ``10.24``, ``10/24`` and ``1934.10`` are dates too.
    """
    if short and (match := _YEAR_AND_MONTH.match(text, start)):
        return _checked(match["y"], match["m"], None, "", match.end())
    if short and (match := _SHORT.match(text, start)):
        return _checked(None, match["m"], match["d"], "", match.end())
    match = _WORDS.match(text, start)
    if match is None:
        return None
    groups = match.groupdict()
    written = groups["era"] or groups["era5"] or groups["after"] or groups["after6"] or ""
    year = groups["y"] or groups["y3"] or groups["y4"] or groups["y5"] or groups["y6"]
    month = groups["m"] or groups["m2"] or groups["m3"] or groups["m4"]
    day = groups["d"] or groups["d2"] or groups["d3"] or groups["d4"]
    return _checked(year, month, day, written, match.end())


def _checked(year: str | None, month: str | None, day: str | None, written: str, end: int) -> tuple[Date, int] | None:
    numbers = [None if part is None else number(part) for part in (year, month, day)]
    if any(
        part is not None and (value is None or value.denominator != 1)
        for part, value in zip((year, month, day), numbers, strict=True)
    ):
        return None
    y, m, d = (None if value is None else int(value) for value in numbers)
    if (m is not None and not 1 <= m <= 12) or (d is not None and not 1 <= d <= 31):
        return None
    if y is not None and m is None and not written and y < _LEAST_YEAR:
        return None
    return Date(y, m, d, "bc" if written in _BEFORE else "ad" if written else ""), end


def same_date(key: Date, said: Date, stem: str) -> bool:
    """Whether *said* names the day or year of *key*; parts that the *stem* (a tidy text) tells may be left out."""
    if key.year is not None:
        told = f"{key.year}年" in stem
        if said.year is None and not told:
            return False
        if said.year is not None and not same_year(key, said.year, said.era, stem):
            return False
    elif said.year is not None and f"{said.year}年" not in stem:
        return False
    if key.month is not None and said.month != key.month and not (said.month is None and f"{key.month}月" in stem):
        return False
    return key.day is None or said.day == key.day


def same_year(key: Date, year: int, era: str, stem: str) -> bool:
    """Whether *year* is that of *key*: 54 is 1954, and an era that the *stem* tells may be left out."""
    assert key.year is not None
    if key.era == "bc":
        return year == key.year and (era == "bc" or (not era and "前" in stem))
    return era != "bc" and (year == key.year or (1900 <= key.year < 2100 and year < 100 and year == key.year % 100))
