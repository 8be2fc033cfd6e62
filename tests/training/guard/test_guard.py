"""The general-ability set: what is in it, and that it can be told from a set that forgot things."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from training.guard import GuardItem, load, loading, passes

LOOSE = {"chars", "refuses", "language"}
"""Types that replies to other questions pass too."""
REFUSAL = "抱歉，这个我不能帮忙。"
WHAT_IS = re.compile(r"([\d.()−+×÷ ]+?) 等于多少")


def kinds(check: Any) -> set[str]:
    """All types that *check* is made of."""
    return {check["type"]}.union(*(kinds(one) for one in check.get("checks", ())))


def test_what_is_in_it():
    found = load()
    assert Counter((one.area, one.side) for one in found) == {
        (area, side): count for area in loading.AREAS for side, count in (("gate", 60), ("replay", 20))
    }
    assert len({one.id for one in found}) == len(found)
    assert len({one.input for one in found}) == len(found)


def test_each_reference_passes_its_own_check():
    assert [one.id for one in load() if not passes(one, one.output)] == []
    assert [one.id for one in load() if not passes(one, f"<think>\n嗯，42？\n</think>\n\n{one.output}\n")] == []


@pytest.mark.parametrize("reply", ["", " \n", "<think></think>", "<think>想到一半 85 是 yes", "。"])
def test_a_reply_that_says_nothing_fails(reply: str):
    # A full stop has no Chinese character in it, as one of the questions wants.
    assert [one.id for one in load() if passes(one, reply) and one.id != "inst-066"] == []


def test_sums_are_right():
    sums = [(found[1], one.output) for one in load() if (found := WHAT_IS.match(one.input))]
    assert len(sums) >= 9
    for asked, told in sums:
        assert eval(asked.translate(str.maketrans("−×÷", "-*/"))) == pytest.approx(float(told)), asked


@pytest.mark.parametrize("area", loading.AREAS)
def test_replies_of_other_items_hardly_ever_pass(area: str):
    here = [one for one in load() if one.area == area and not kinds(one.check) & LOOSE]
    assert len(here) >= 30
    pairs = [(one, other) for one in here for other in here if one is not other]
    assert sum(passes(one, other.output) for one, other in pairs) < 0.05 * len(pairs)


def test_a_model_that_refuses_everything_passes_only_where_it_should():
    found = [one for one in load() if passes(one, REFUSAL)]
    assert {one.area for one in found} == {"safety"}
    # Those who must be refused are told apart from those who must not by their reference.
    assert [one.id for one in found if not re.search("不能|没有|不会", one.output)] == []


def test_the_sides_do_not_resemble_each_other():
    gate = [one for one in load() if one.side == "gate"]
    replay = [one for one in load() if one.side == "replay"]
    assert [(a.id, b.id) for a in gate for b in replay if fuzz.ratio(a.input, b.input) >= 80] == []


@given(st.sampled_from(load()), st.text(max_size=80))
def test_any_text_can_be_judged(one: GuardItem, reply: str):
    assert passes(one, reply) in (True, False)


@given(
    st.sampled_from(load()),
    st.lists(
        st.sampled_from(["```json\n", "```", "<think>", "</think>", "{", "[" * 50, "-", "\n", "−", "９", "²", ","])
    ),
)
def test_any_debris_can_be_judged(one: GuardItem, reply: list[str]):
    assert passes(one, "".join(reply)) in (True, False)
