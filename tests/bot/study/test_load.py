"""How much comes a day, and what a member writes to set it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.study.load import Load, Unread, wanted, weekdays

FRIDAY = date(2026, 11, 27)
WEEKEND = frozenset({5, 6})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("每天 30题", {"daily_cap": 30}),
        ("每天30", {"daily_cap": 30}),
        ("每日最多 5 道", {"daily_cap": 5}),
        ("每天 默认", {"daily_cap": None}),
        ("每天", {}),
        ("轻松日 周六 周日", {"easy_days": [5, 6]}),
        ("轻松日 周末", {"easy_days": [5, 6]}),
        ("轻松 星期三、五", {"easy_days": [2, 4]}),
        ("轻松日 周六日", {"easy_days": [5, 6]}),
        ("轻松日 周一到周三，礼拜天", {"easy_days": [0, 1, 2, 6]}),
        ("轻松日 周六到周一", {"easy_days": [0, 5, 6]}),
        ("轻松日 取消", {"easy_days": []}),
        ("轻松日", {}),
        ("", None),
        ("20", None),
        ("法律", None),
    ],
)
def test_what_is_set(text: str, values: dict[str, object] | None):
    assert wanted(text) == values


@pytest.mark.parametrize(
    "text", ["每天 0题", "每天 301题", "每天 很多", "轻松日 明天", "轻松日 周一到周日", "轻松日 周六 多点"]
)
def test_what_cannot_be_read(text: str):
    with pytest.raises(Unread):
        wanted(text)


@given(st.text("周星期礼拜一二三四五六日天末到至、和 ，", max_size=12))
def test_days_are_read_or_refused(text: str):
    try:
        found = weekdays(text)
    except Unread:
        return
    assert 0 < len(found) < 7
    assert found <= set(range(7))


def test_what_a_day_does_not_take_comes_later():
    assert Load(10).plan(FRIDAY, [25, 0, 4, 0, 0, 0, 0], 0) == [10, 10, 9, 0, 0, 0, 0]
    # Friday takes its 10, the easy weekend half of what waits, Monday the rest.
    assert Load(10, WEEKEND).plan(FRIDAY, [16, 0, 0, 0, 0, 0, 0], 0) == [10, 3, 2, 1, 0, 0, 0]


def test_what_was_reviewed_today_counts():
    assert Load(10).plan(FRIDAY, [25, 0], 4) == [6, 10]
    assert Load(10).plan(FRIDAY, [25, 0], 15) == [0, 10]
    saturday = date(2026, 11, 28)
    assert Load(50, WEEKEND).plan(saturday, [20], 0) == [10]
    assert Load(50, WEEKEND).plan(saturday, [14], 6) == [4]
    assert Load(50, WEEKEND).plan(saturday, [10], 10) == [0]


@given(
    st.integers(1, 60),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.lists(st.integers(0, 80), min_size=1, max_size=7),
    st.integers(0, 40),
)
def test_no_plan_invents_reviews_or_breaks_the_cap(cap: int, easy: frozenset[int], due: list[int], done: int):
    plan = Load(cap, easy).plan(FRIDAY, due, done)
    assert len(plan) == len(due)
    assert all(0 <= count <= cap for count in plan)
    assert all(sum(plan[:at]) <= sum(due[:at]) for at in range(len(due) + 1))


def test_how_it_is_told():
    assert Load().told == "每天最多 50 题"
    assert Load(30, WEEKEND).told == "每天最多 30 题，周六、周日减半"
