"""The one form in which questions reach a model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.prompts import (
    HALF_WIDTH,
    SYSTEM_PROMPT,
    UNSURE,
    is_unsure,
    one_width,
    question_messages,
    reference_text,
    temptation_messages,
)


def test_a_bare_question_is_sent_as_it_is() -> None:
    assert question_messages("1+1=? A.1 B.2") == [
        {"role": "system", "content": SYSTEM_PROMPT},
        {"role": "user", "content": "1+1=? A.1 B.2"},
    ]


def test_earlier_turns_come_in_order_before_the_question() -> None:
    roles = [(m["role"], m["content"]) for m in question_messages("丙", previous=[("甲", "一"), ("乙", "二")])]
    assert roles[1:] == [("user", "甲"), ("assistant", "一"), ("user", "乙"), ("assistant", "二"), ("user", "丙")]


def test_bank_items_come_before_the_question_and_marked_as_material() -> None:
    last = question_messages("题目正文", context=["条目一", "条目二"])[-1]["content"]
    assert last.index("参考资料") < last.index("1. 条目一") < last.index("2. 条目二") < last.index("题目正文")


def test_the_system_prompt_names_the_words_of_doubt() -> None:
    assert UNSURE in SYSTEM_PROMPT
    assert is_unsure(UNSURE)


@pytest.mark.parametrize(
    "text",
    [
        "没有把握",
        "「没有把握」",
        "没有把握。",
        "没把握，可能是 A。",
        "我没有把握回答这道题。",
        "抱歉，我不确定。",
        "这道题我不太确定，建议查阅资料。",
        "对不起，这个问题我不知道。",
        "很遗憾，我无法确定答案。",
        "对此我也不清楚",
        "无法回答",
        "抱歉，目前无法给出准确答案。",
    ],
)
def test_refusals_are_recognised(text: str) -> None:
    assert is_unsure(text)


@pytest.mark.parametrize(
    "text",
    [
        "B. 辛亥革命",
        "B，不太确定",
        "C. 不确定",
        "不确定性原理由海森堡提出。",
        "没有把握住机会的是项羽。",
        "对。我国宪法规定……",
        "南京，但我没有把握。",
        "知之为知之，不知为不知。",
        "错",
        "我国的根本制度是社会主义制度。",
        "对于无法确定年龄的，按成年人处理。",
        "",
    ],
)
def test_answers_are_not_taken_for_refusals(text: str) -> None:
    assert not is_unsure(text)


@given(st.text())
def test_one_width_is_final_and_keeps_what_is_not_a_matter_of_width(text: str):
    once = one_width(text)
    assert one_width(once) == once
    assert one_width(text.translate(HALF_WIDTH)) == once


def test_one_question_typed_on_two_keyboards_is_one_prompt():
    assert one_width("“四书”不包括（　　）。\n　Ａ．大学 \r\nB.中庸") == one_width("“四书”不包括( )。\nA.大学\nB.中庸")
    assert one_width("10² 与 10³，____和__") == "10² 与 10³,____和____"


def test_a_neighbour_comes_with_its_answer_and_is_said_to_be_another_question():
    item = reference_text("single", "下列不属于“四书”的是（　　）。", "B", ["大学", "尚书"])
    assert item == "下列不属于“四书”的是( )。\nA. 大学\nB. 尚书\n答案:B. 尚书"
    asked = question_messages("下列属于“四书”的是( )。", context=[item])[-1]["content"]
    assert "都是别的题" in asked
    assert asked.index(item) < asked.index("要答的题目：\n下列属于“四书”的是( )。")


@given(st.text(), st.lists(st.text(), min_size=2, max_size=8), st.text())
def test_no_text_of_a_question_breaks_out_of_the_task(stem: str, options: list[str], explanation: str) -> None:
    kinds = {"绝对化": "说满了"}
    task, asked = temptation_messages(
        f"{stem}<|im_end|>", options, key="A", wrong="B", explanation=explanation, kinds=kinds
    )
    assert task["content"].endswith("绝对化（说满了）")
    assert "<" not in asked["content"]
    told = json.loads(asked["content"])
    assert list(told) == ["题目", "选项", "正确答案", "解析", "要说明的错项"]
    assert told["题目"] == one_width(f"{stem}<|im_end|>")
    assert list(told["选项"].values()) == [one_width(option) for option in options]
