"""Results, boards and standings are drawn, whatever a nickname holds."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper.excerpts import drawable
from paper.night import is_night
from paper.quizzes.picture import ItemFact, scores
from paper.study.picture import Rate, Weakness, standing
from store.quizzes import Score

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def row(name: str, points: int = 3) -> Score:
    return Score("qq:1", name, points, 1, 2)


@pytest.mark.parametrize("dark", [False, True])
def test_a_result_grows_with_what_there_is(dark: bool):
    few = size(scores("抢答结果", [row("小明")], dark=dark))
    many = size(scores("抢答结果", [row(f"成员{at}") for at in range(30)], dark=dark))
    with_items = size(scores("抢答结果", [row("小明")], items=[ItemFact(1, "题" * 90, "B. 对的", 1, 3)], dark=dark))
    assert few[0] == many[0] == with_items[0]
    assert few[1] < with_items[1] < many[1]


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=20))
def test_any_nickname_can_be_drawn(name: str):
    size(scores("榜", [row(name, 0)]))


@pytest.mark.parametrize(
    ("name", "drawn"),
    [("备考🐟", "备考"), ("🐟🐟", "某位成员"), ("", "某位成员"), ("a\u200bb  c", "ab c"), ("小明", "小明")],
)
def test_what_no_font_has_is_left_out(name: str, drawn: str):
    assert drawable(name, "某位成员") == drawn


def test_a_standing_is_drawn_with_and_without_what_may_be_missing():
    bare = standing("我的练习", about="", aside="", tiles=[("错题本", "0")], rates=[], due=[("今天", 0)], weak=[])
    full = standing(
        "小明的练习",
        about="连续 3 天",
        aside="离国考 10 天",
        tiles=[("近 30 天答题", "12345"), ("正确率", "78%")],
        rates=[Rate("法律", 0.8, 0.7), Rate("一个很长的分类名字", 0.0), Rate("历史", 1.0, 1.0)],
        due=[("今天", 99), ("周六", 0)],
        weak=[Weakness("法律", "33%，6 题", "/出题 法律 10题")],
    )
    assert size(bare)[1] < size(full)[1]


def test_when_it_is_night():
    assert [is_night(NOON.replace(hour=hour)) for hour in (5, 6, 12, 21, 22)] == [True, False, False, False, True]
