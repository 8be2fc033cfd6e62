"""What counts as a vote, and how a comparison is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.arena import words
from store.arena import Tally


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("甲", "甲"),
        ("乙。", "乙"),
        ("选甲", "甲"),
        ("我选乙！", "乙"),
        ("甲好", "甲"),
        ("乙更好", "乙"),
        ("「甲」", "甲"),
        ("/投 乙", "乙"),
        ("一样好", "一样好"),
        ("一样", "一样好"),
        ("都对", "一样好"),
        ("差不多", "一样好"),
        ("都不对", "都不对"),
        ("都错了", "都不对"),
    ],
)
def test_votes_as_people_write_them(said: str, meant: str):
    assert words.choice_of(said) == meant


@pytest.mark.parametrize("said", ["", "甲骨文是什么？", "甲不对", "甲乙", "为什么选甲", "选A", "A", "不对", "好", "丙"])
def test_what_is_no_vote(said: str):
    assert words.choice_of(said) is None


@given(st.text(max_size=30))
def test_any_text_is_a_vote_or_none(said: str):
    assert words.choice_of(said) in {None, words.FIRST, words.SECOND, words.BOTH, words.NEITHER}


@pytest.mark.parametrize(("said", "is_one"), [("A", True), ("选b。", True), ("C", False), ("AB", False), ("甲", False)])
def test_a_letter_may_be_a_vote_or_an_option(said: str, is_one: bool):
    assert words.is_letter(said) is is_one


def test_a_battle_is_shown_without_names_and_cut():
    text = words.battle("B. 辛亥革命\n推翻帝制。", "长" * 900)
    assert text.startswith("这题有两个回答，哪个好？\n【甲】\nB. 辛亥革命\n推翻帝制。\n\n【乙】\n长")
    assert text.endswith("引用这条消息，回「甲」「乙」「一样好」或「都不对」。")
    assert len(text) < 650


@pytest.mark.parametrize(
    ("tally", "told"),
    [
        (Tally(), "第 7 轮对正在服务的模型：还没有题出给大家投票。"),
        (Tally(unvoted=3), "第 7 轮对正在服务的模型：已经出了 3 道题，还没人投票。"),
        (
            Tally(serving=3, challenger=6, ties=2, neither=1, unvoted=4, votes=30, voters=8),
            "第 7 轮对正在服务的模型，12 场：\n胜 6　负 3　平 2　都不对 1　没人投 4\n8 人投了 30 票。\n"
            "分出胜负的题里胜率 67%（35%～88%），还分不出高下。",
        ),
        (
            Tally(serving=5, challenger=45, votes=60, voters=9),
            "第 7 轮对正在服务的模型，50 场：\n胜 45　负 5　平 0　都不对 0\n9 人投了 60 票。\n"
            "分出胜负的题里胜率 90%（79%～96%），明显更好。",
        ),
    ],
)
def test_how_it_stands(tally: Tally, told: str):
    assert words.standing("第 7 轮", tally) == told


@given(st.integers(1, 400), st.data())
def test_the_interval_holds_the_share(of: int, data: st.DataObject):
    won = data.draw(st.integers(0, of))
    low, high = words.wilson(won, of)
    assert 0 <= low <= won / of + 1e-9
    assert won / of - 1e-9 <= high <= 1
