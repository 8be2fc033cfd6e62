"""China's official days off and the weekends worked for them (调休).

The State Council announces those of the next year each November. The library brings the years up to its release; later
ones stand in the ``[holidays]`` table of ``bot.toml`` until it brings them too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

import chinese_calendar  # pyright: ignore[reportMissingTypeStubs]
from pydantic import field_validator, model_validator

from settings import Table

_LONGEST = timedelta(days=31)


class HolidaysConfig(Table):
    rest: tuple[str, ...] = ()
    """Days off: ``2027-01-01``, or the first and the last of several: ``2027-02-05~2027-02-11``."""
    work: tuple[str, ...] = ()
    """Weekend days that are worked for them, written alike."""

    @field_validator("rest", "work")
    @classmethod
    def _readable(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        for span in spans:
            try:
                first, last = _ends(span)
            except ValueError:
                raise ValueError(f"「{span}」要写成 2027-01-01 或 2027-02-05~2027-02-11") from None
            if not timedelta(0) <= last - first <= _LONGEST:
                raise ValueError(f"「{span}」的开头要早于结尾，最多一个月")
        return spans

    @model_validator(mode="after")
    def _of_one_mind(self) -> HolidaysConfig:
        if both := set(_days(self.rest)) & set(_days(self.work)):
            raise ValueError(f"{min(both)} 又放假又上班")
        return self


_own: dict[date, bool] = {}


def announce(config: HolidaysConfig) -> None:
    """Go by what the owner of the bot wrote down, before the library; what was announced before is forgotten."""
    _own.clear()
    _own.update(dict.fromkeys(_days(config.rest), False) | dict.fromkeys(_days(config.work), True))


def is_workday(day: date) -> bool | None:
    """Whether China works on *day*; ``None`` where nobody has said so yet."""
    if day in _own:
        return _own[day]
    try:
        return chinese_calendar.is_workday(day)  # pyright: ignore[reportUnknownMemberType]
    except NotImplementedError:
        # Whoever wrote down some days of a year wrote down all that differ from the week.
        return day.isoweekday() < 6 if any(one.year == day.year for one in _own) else None


def knows(year: int) -> bool:
    """Whether the holidays of *year* are known."""
    return is_workday(date(year, 1, 1)) is not None


def _ends(span: str) -> tuple[date, date]:
    """
    Raises:
        ValueError: these are no days.
    """
    first, _, last = span.partition("~")
    return date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())


def _days(spans: tuple[str, ...]) -> Iterator[date]:
    return chain.from_iterable(map(_between, spans))


def _between(span: str) -> Iterator[date]:
    day, last = _ends(span)
    while day <= last:
        yield day
        day += timedelta(days=1)
