"""What members write under a digest is read; what they say to one another is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.digest.reading import may_answer, read
from bot.services.judging import Question

SINGLE = Question("single", "首都是哪里？", ("北京", "上海", "广州", "深圳"), "A")
MULTIPLE = Question("multiple", "哪些是直辖市？", ("北京", "上海", "广州", "天津"), "ABD")
JUDGE = Question("judge", "地球绕太阳转。", (), "正确")
MIXED = (SINGLE, MULTIPLE, JUDGE)
FIVE = (SINGLE,) * 5


def given_by(text: str, questions: tuple[Question, ...] = MIXED, **how: bool) -> dict[int, str] | None:
    sheet = read(text, questions, **how)
    return None if sheet is None else {number: one.value for number, one in sheet.given.items()}


@pytest.mark.parametrize(
    "text",
    [
        "1A 2BD 3对",
        "1a2bd3对",
        "１Ａ　２ＢＤ　３对。",
        "1.A 2.B D 3.√",
        "1、A\n2、BD\n3、对",
        "1:A，2：B、D；3：正确",
        "第1题A 第2题选BD 第3题对",
        "一A 二BD 三对",
        "答案：1A,2BD,3A",
        "我选1A 2DB 3T",
        "3对 2BD 1A",
        "1-A 2-BD 3-✓",
    ],
)
def test_answers_beside_their_numbers(text: str):
    assert given_by(text) == {1: "A", 2: "BD", 3: "正确"}


@pytest.mark.parametrize(
    ("text", "answers"),
    [("ABCDA", "ABCDA"), ("abcda", "ABCDA"), ("A B C D A", "ABCDA"), ("ABC DA", "ABCDA"), ("AAAAA", "AAAAA")],
)
def test_a_row_of_letters(text: str, answers: str):
    assert given_by(text, FIVE) == dict(enumerate(answers, start=1))


def test_a_row_among_several_kinds_stands_in_groups():
    assert given_by("A BD 对") == {1: "A", 2: "BD", 3: "正确"}
    assert given_by("a bd b", meant=True) == {1: "A", 2: "BD", 3: "错误"}
    # One letter each might be a slip where several are right.
    assert given_by("ABA") is None


@pytest.mark.parametrize(
    "text",
    [
        "ddddd",
        "哈哈",
        "ABC",
        "ABCDAB",
        "好的",
        "5F",
        "12月A",
        "A",
        "666",
        "对对对对对",
        "1",
        "3对情侣",
        "明天1A见",
        "/1A",
        "",
        "1A吗",
    ],
)
def test_talk_is_left_alone(text: str):
    assert given_by(text, FIVE) is None


def test_what_cannot_be_taken_is_named_beside_what_can():
    sheet = read("1AB 2AB 7C 3对", MIXED)
    assert sheet is not None
    assert set(sheet.given) == {2, 3}
    assert sheet.problems == ["第 1 题只选一个", "没有第 7 题"]
    twice = read("1A 1B 2AB", MIXED)
    assert twice is not None
    assert (set(twice.given), twice.problems) == ({2}, ["第 1 题写了两个答案"])


def test_a_quote_may_say_it_in_words_and_is_told_of_slips():
    assert given_by("1 北京", quoting=True) == {1: "A"}
    assert given_by("1 北京") is None
    few = read("AB", FIVE, quoting=True)
    one = read("B", FIVE, quoting=True)
    assert few is not None
    assert one is not None
    assert few.problems == ["一共 5 题，这里有 2 个答案，带上题号就不会错位"]
    assert one.problems == ["带上题号，比如 1A"]


@pytest.mark.parametrize(("text", "value"), [("B", "B"), ("b", None)])
def test_of_one_question_a_capital_is_enough(text: str, value: str | None):
    assert given_by(text, (SINGLE,)) == (None if value is None else {1: value})
    assert given_by(text, (SINGLE,), quoting=True) == {1: "B"}


_ANSWERS = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=20)


@settings(deadline=None)
@given(_ANSWERS, st.sampled_from([" ", "", "，", "\n", "; ", "、"]), st.sampled_from(["", ".", "、", ":", " ", "选"]))
def test_whatever_stands_between(answers: list[str], gap: str, beside: str):
    text = gap.join(f"{number}{beside}{letter}" for number, letter in enumerate(answers, start=1))
    if len(text) <= 160:
        assert may_answer(text)
        assert given_by(text, (SINGLE,) * len(answers)) == dict(enumerate(answers, start=1))


@settings(deadline=None)
@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_any_text_is_read_without_failing(text: str, quoting: bool, meant: bool):
    sheet = read(text, MIXED, quoting=quoting, meant=meant)
    if sheet is not None:
        assert may_answer(text)
        assert sheet.given or sheet.problems
        assert set(sheet.given) <= {1, 2, 3}


@settings(deadline=None)
@given(st.text(alphabet="123456789ABCDEFGH对错abcdx，。 题第", max_size=24))
def test_near_texts_are_read_without_failing(text: str):
    for quoting in (False, True):
        sheet = read(text, MIXED, quoting=quoting)
        assert sheet is None or set(sheet.given) <= {1, 2, 3}
