"""Polls of Telegram within its limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.doors import Poll
from bot.adapters.telegram import polls

POLL = Poll("前面", "题干", ("A. 甲", "B. 乙"), ("A", "B"), "quiz:1", 30.2, key=1, explanation="因为")


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({}, True),
        ({"question": "题" * 300}, True),
        ({"question": "题" * 301}, False),
        ({"question": ""}, False),
        ({"options": ("甲" * 100, "乙")}, True),
        ({"options": ("甲" * 101, "乙")}, False),
        ({"options": ("甲",)}, False),
        ({"options": tuple("甲" * 10)}, True),
        ({"options": tuple("甲" * 11)}, False),
    ],
)
def test_what_fits(changed: dict[str, object], *, fits: bool):
    assert polls.fits(replace(POLL, **changed)) is fits


def test_what_leads_up_to_the_question_goes_with_it_where_both_have_room():
    assert polls.question(POLL) == "前面\n题干"
    assert polls.question(replace(POLL, lead="前" * 298)) == "题干"
    assert polls.question(replace(POLL, lead="")) == "题干"


def test_the_key_is_shown_only_where_it_may_be():
    shown = polls.written(POLL)
    assert (shown["type"], shown["correct_option_id"], shown["explanation"]) == ("quiz", 1, "因为")
    hidden = polls.written(replace(POLL, key=None))
    assert hidden["type"] == "regular"
    assert not {"correct_option_id", "correct_option_ids", "explanation"} & set(hidden)
    assert polls.written(replace(POLL, several=True))["allows_multiple_answers"] is True
    assert "explanation" not in polls.written(replace(POLL, explanation="长" * 201))


@pytest.mark.parametrize(("open_s", "told"), [(30.2, 31), (0.5, 5), (-3, 5), (604, 600)])
def test_the_time_is_whole_seconds_within_the_limits(open_s: float, told: int):
    assert polls.written(replace(POLL, open_s=open_s))["open_period"] == told
