"""What holds of the judge for any text and any question of the bank."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from bot.services.judging import Given, Question, judge, read, read_opinion, rubric_messages
from bot.services.judging.numerals import in_digits, number, whole
from bot.services.reading import LETTERS
from tests.bot.judging.questions import bank, of_kind, pairs, right, short, verdict

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
TRADITIONAL = OpenCC("s2t").convert
SAME = {
    "wide": lambda text: text.translate(WIDE),
    "upper": str.upper,
    "lower": str.lower,
    "traditional": TRADITIONAL,
    "hong kong": OpenCC("s2hk").convert,
    "blanks": lambda text: f" {text}\n",
}
AROUND = {
    "bare": "{}",
    "perhaps": "应该是{}吧",
    "introduced": "答案是{}",
    "loud": "{}！！",
    "quoted": "“{}”",
    "chosen": "我选{}",
}
# What answers are made of, and what trips over it.
PIECES = st.sampled_from(
    "ABCDabcd一二三十百千万亿半点年月日号时分秒块元%％℃-−/:：、，。和与或不非是的对错选第个题前公元零〇两0123456789 \n《》（）?？·ⅡＡ²½🅰"
)
TEXTS = st.one_of(st.text(max_size=60), st.text(PIECES, max_size=24))


@pytest.mark.parametrize("kind", ["single", "multiple", "judge", "short"])
@given(data=st.data(), text=TEXTS)
@settings(max_examples=250, deadline=None)
def test_any_text_can_be_read_and_judged(kind: str, data: st.DataObject, text: str):
    question = data.draw(st.sampled_from(of_kind(kind)))
    said = read(question, text)
    if said is not None:
        assert said.value
        if question.options:
            assert list(said.value) == sorted(set(said.value))
            assert set(said.value) <= set(LETTERS[: len(question.options)])
        judged = judge(question, said)
        assert judged.reason
        assert not (judged.right and (judged.near or judged.unsure))
    judge(question, Given(text, certain=True))


@given(stem=TEXTS, options=st.lists(TEXTS, max_size=5), answer=TEXTS, aliases=st.lists(TEXTS, max_size=3), text=TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_question_can_be_asked(stem: str, options: list[str], answer: str, aliases: list[str], text: str):
    for kind in ("single", "multiple", "judge", "short"):
        question = Question(kind, stem, tuple(options) if kind != "short" else (), answer, tuple(aliases))
        verdict(question, text)


@pytest.mark.parametrize("rendering", SAME)
@pytest.mark.parametrize("around", AROUND)
def test_the_key_is_right_in_any_rendering(rendering: str, around: str):
    for question in bank():
        if question.kind == "short":
            keys = [question.answer, *question.aliases]
        elif question.kind == "multiple":
            picked = [question.options[LETTERS.index(letter)] for letter in question.answer]
            keys = ["、".join(picked), " ".join(picked), question.answer]
        elif question.kind == "single":
            keys = [question.options[LETTERS.index(question.answer)], question.answer]
        else:
            keys = [question.answer]
        for key in keys:
            text = SAME[rendering](AROUND[around].format(key))
            assert right(question, text), (question.stem, question.answer, text)


@pytest.mark.timeout(20)
def test_no_text_takes_long():
    asked = [of_kind(kind)[0] for kind in ("single", "multiple", "judge", "short")]
    for piece in (
        "是",
        "没错了",
        "我觉得",
        "应该是",
        "的",
        "A、",
        "选A",
        "一万",
        "亿",
        "1.",
        "1:",
        "半",
        "除了",
        "、",
        "对，",
        "第一个",
    ):
        for question in asked:
            verdict(question, piece * 300)
            verdict(question, piece * 30 + "荷兰")


def test_another_option_is_never_right():
    for question in of_kind("single"):
        key = question.options[LETTERS.index(question.answer)]
        asked = short(question.stem, key)
        for letter, option in zip(LETTERS, question.options, strict=False):
            if option != key:
                for text in (letter, option, f"应该是{option}吧", TRADITIONAL(option), f"{letter}. {option}"):
                    assert not right(question, text), (question.stem, text)
                assert not right(asked, option), (question.stem, key, option)


def test_the_answer_to_another_question_is_never_right():
    shorts = of_kind("short")
    for at, question in enumerate(shorts):
        accepted = {question.answer, *question.aliases}
        for other in shorts[at % 7 :: 7]:
            if not accepted & {other.answer, *other.aliases}:
                assert not right(question, other.answer), (question.stem, question.answer, other.answer)


@pytest.mark.parametrize("rendering", SAME)
def test_width_case_and_traditional_characters_change_nothing(rendering: str):
    for pair in pairs():
        plain, other = verdict(pair.question, pair.text), verdict(pair.question, SAME[rendering](pair.text))
        heard = pair.question.kind == "short" or (plain is None) == (other is None)
        assert heard, (pair.question.stem, pair.text)
        assert (plain is not None and plain.right) == (other is not None and other.right), (
            pair.question.stem,
            pair.text,
        )


@given(st.integers(0, 10**9))
def test_numerals_are_read_as_they_are_written(value: int):
    assert whole(_chinese(value)) == value
    assert in_digits(f"第{_chinese(value)}个") == f"第{value}个"
    assert whole("".join("〇一二三四五六七八九"[int(digit)] for digit in str(value))) == value


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_two_numbers_are_the_same_only_when_they_are_equal(one: int, other: int):
    question = short("这个数是多少？", f"{one}米")
    assert right(question, f"{_chinese(one)}米")
    assert right(question, f"{other}米") == (one == other)
    assert right(question, _chinese(other)) == (one == other)


@given(st.text(max_size=40))
def test_no_text_is_too_odd_for_a_number(text: str):
    number(text)


@given(TEXTS)
def test_an_opinion_is_asked_for_and_read_whatever_is_written(text: str):
    question = short("甲是什么？", "乙")
    assert len(rubric_messages(question, text)) == 2
    assert read_opinion(text).says in ("right", "wrong", "unsure")


def _chinese(value: int) -> str:
    """*value* as Chinese numerals, below 10^12."""
    if value == 0:
        return "零"
    parts: list[str] = []
    for scale, mark in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section, value = divmod(value, scale)
        if section:
            gap = parts and section < 1000
            parts.append(("零" if gap else "") + _section(section) + mark)
        elif parts and value and not parts[-1].endswith("零"):
            parts.append("零")
    return "".join(parts).replace("零零", "零")


def _section(value: int) -> str:
    text, gap = "", False
    for scale, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, scale)
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + mark
            gap = False
        else:
            gap = True
    return text
