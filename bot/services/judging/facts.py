"""Numbers, dates and spans in a text, and whether two of them are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.services.judging.dates import Date, date_at, same_date, same_year
from bot.services.judging.folding import tidy
from bot.services.judging.numerals import CHINESE
from bot.services.judging.quantities import Quantity, Ratio, quantity_at, ratio_at, same_quantity

_BEGINS = re.compile(
    rf"[0-9{CHINESE}半]|零下|负|-(?=[0-9])|公元|西元|前(?=[0-9{CHINESE}])|bc|百分之|千分之|上午|早上|凌晨|清晨|中午|正午|下午|午后|晚上|傍晚|夜里"
)
_TO = re.compile(r"(?:以上|起)?(?:至|到|—+|-|~|、)(?=[^\s])|以上(?=[0-9半" + CHINESE + "])")
_TIMES = {"second", "month"}
_BELOW = re.compile(r"以下|以内|止")


@dataclass(frozen=True, slots=True)
class Span:
    start: Quantity | Date
    end: Quantity | Date


Fact = Quantity | Ratio | Span | Date


@dataclass(frozen=True, slots=True)
class Found:
    fact: Fact
    before: str
    """What of the text stands before it, tidy and without blanks."""
    after: str


@lru_cache(maxsize=8192)
def facts(text: str, *, short_dates: bool = False) -> tuple[Found, ...]:
    """All facts of *text*, in order. *short_dates*: ``10.24`` is a day rather than a number."""
    squeezed = "".join(tidy(text).split())
    found: list[Found] = []
    at = 0
    while begin := _BEGINS.search(squeezed, at):
        one = _fact_at(squeezed, begin.start(), short_dates)
        if one is None:
            at = begin.start() + 1
            continue
        fact, end = one
        found.append(Found(fact, squeezed[: begin.start()], squeezed[end:]))
        at = max(end, begin.start() + 1)
    return tuple(found)


def whole_fact(text: str, *, short_dates: bool = False) -> Fact | None:
    """The fact that all of *text* is; ``None`` when it is anything else or more."""
    found = facts(text, short_dates=short_dates)
    return found[0].fact if len(found) == 1 and not found[0].before and not found[0].after else None


def same_fact(key: Fact, said: Fact, stem: str) -> bool:
    """Whether *said* states *key*; *stem* is the question's stem."""
    stem = "".join(tidy(stem).split())
    match key, said:
        case Date(), Date():
            return same_date(key, said, stem)
        case Date(), Quantity():
            # 1905 and 54年 are years; a day of a month is no date without its month.
            whole = said.number.denominator == 1 and said.unit in ("", "年") and key.year is not None
            lone = key.month is None or f"{key.month}月" in stem
            return (
                whole
                and lone
                and key.day is None
                and (said.unit == "年" or said.number >= 100)
                and same_year(key, abs(int(said.number)), "bc" if said.number < 0 else "", stem)
            )
        case Quantity(), Quantity():
            return same_quantity(key, said, stem)
        case Ratio(), Ratio():
            return key.parts == said.parts
        case Span(), Span():
            return same_fact(key.start, said.start, stem) and same_fact(key.end, said.end, stem)
        case _:
            return False


def _fact_at(text: str, start: int, short_dates: bool) -> tuple[Fact, int] | None:
    first = _lone_at(text, start, short_dates)
    if first is None or isinstance(first[0], Ratio):
        return first
    link = _TO.match(text, first[1])
    second = _lone_at(text, link.end(), short_dates) if link else None
    if second is None or isinstance(second[0], Ratio):
        return first
    begin, last = first[0], second[0]
    if isinstance(begin, Quantity) and isinstance(last, Quantity):
        if not begin.unit and last.unit:
            begin = _in_unit(begin, last)
        if not _alike(begin, last):
            return first
    elif isinstance(begin, Quantity) and isinstance(last, Date) and not begin.unit and last.month is None:
        begin = Date(int(begin.number), None, None, last.era)  # 1953—1957年
    elif type(begin) is not type(last):
        return first
    below = _BELOW.match(text, second[1])
    return Span(begin, last), below.end() if below else second[1]


def _alike(one: Quantity, other: Quantity) -> bool:
    mine, others = {d for d, _ in one.readings}, {d for d, _ in other.readings}
    return bool(mine & others) or (mine <= _TIMES and others <= _TIMES)


def _in_unit(bare: Quantity, like: Quantity) -> Quantity:
    """*bare* in the unit of *like*: 1-6个月."""
    scaled = ((dimension, value * bare.number / like.number) for dimension, value in like.readings if like.number)
    return Quantity(bare.number, bare.short, like.unit, frozenset(scaled))


def _lone_at(text: str, start: int, short_dates: bool) -> tuple[Quantity | Ratio | Date, int] | None:
    return date_at(text, start, short=short_dates) or ratio_at(text, start) or quantity_at(text, start)
