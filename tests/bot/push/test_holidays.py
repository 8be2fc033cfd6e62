"""Days off that the owner of the bot wrote down before the library had them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bot.services.push import days, holidays
from bot.services.push.holidays import HolidaysConfig
from settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    holidays.announce(HolidaysConfig())


def announced(tmp_path: Any = None, **table: Any) -> None:
    settings = Settings({"holidays": table}, home=tmp_path, path=None)
    holidays.announce(settings.table("holidays", HolidaysConfig))


def test_they_count_and_the_rest_of_that_year_goes_by_the_week():
    assert not holidays.knows(2099)
    # A Friday to a Sunday, a Saturday.
    announced(rest=["2099-01-02 ~ 2099-01-04", "2099-05-01"], work=["2099-01-10"])
    assert holidays.knows(2099)
    assert not holidays.knows(2098)
    assert [day for day in range(1, 13) if days.falls_on(days.WORK, date(2099, 1, day))] == [1, 5, 6, 7, 8, 9, 10, 12]
    assert days.falls_on(days.REST, date(2099, 5, 1))


def test_they_go_before_what_the_library_says():
    announced(work=["2026-10-01"])
    assert days.falls_on(days.WORK, date(2026, 10, 1))
    assert days.falls_on(days.REST, date(2026, 10, 2))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"rest": ["元旦"]}, "「元旦」要写成 2027-01-01 或 2027-02-05~2027-02-11"),
        ({"rest": ["2027-02-30"]}, "「2027-02-30」要写成"),
        ({"work": ["2027-02-11~2027-02-05"]}, "「2027-02-11~2027-02-05」的开头要早于结尾，最多一个月"),
        ({"rest": ["2027-01-01~2072-01-03"]}, "最多一个月"),
        ({"rest": ["9999-12-31~2027-01-01"]}, "最多一个月"),
        ({"rest": ["2027-02-05~2027-02-14"], "work": ["2027-02-14"]}, "2027-02-14 又放假又上班"),
        ({"off": []}, "没有 off 这个键"),
    ],
)
def test_mistakes_are_named(table: dict[str, Any], said: str):
    with pytest.raises(SettingsError, match=said):
        announced(**table)
