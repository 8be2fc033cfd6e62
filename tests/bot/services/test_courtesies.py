"""What is said out of courtesy is no question, and no question is a courtesy."""

from __future__ import annotations

import json

import pytest

from bot.services.courtesies import courtesy, is_stray
from bot.services.replies import HELP
from bot.services.starter_bank import FOLDER


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "您好！",
        "在吗？",
        "hello~",
        "Hi",
        "嗨",
        "你是谁？",
        "小公你好",
        "在",
        "帮助",
        "你会什么",
        "你能干啥？",
        "有什么功能",
    ],
)
def test_greetings_bring_the_help(text: str):
    assert courtesy(text) == HELP


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("谢谢", "不客气"),
        ("谢谢你！", "不客气"),
        ("好的谢谢～", "不客气"),
        ("多谢大佬", "不客气"),
        ("辛苦了", "不客气"),
        ("谢啦", "不客气"),
        ("早上好呀", "你好"),
        ("早", "你好"),
        ("晚安", "好，明天"),
        ("加油！", "一起加油"),
        ("你真棒", "哪里"),
        ("太厉害了", "哪里"),
        ("牛逼", "哪里，"),
        ("好的", "好，有题"),
        ("收到！", "好，有题"),
        ("嗯嗯", "好，有题"),
        ("OK", "好，有题"),
        ("明白了", "好，有题"),
        ("哈哈哈", "笑一笑"),
        ("hhhh", "笑一笑"),
        ("傻逼", "哪里答得不对"),
        ("滚！", "哪里答得不对"),
    ],
)
def test_each_has_its_reply(text: str, begins: str):
    assert (courtesy(text) or "").startswith(begins)


@pytest.mark.parametrize(
    "text",
    ["", "？", "早期国家", "谢灵运", "晚安事变", "加油站", "谢谢这道题选什么", "下", "牛", "强", "A", "赞比亚", "好"],
)
def test_other_words_are_left_to_others(text: str):
    assert courtesy(text) is None


def test_no_question_of_the_starter_bank_is_one():
    lines = [line for file in FOLDER.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    items = [json.loads(line) for line in lines]
    for item in items:
        for text in (item["stem"], item["answer"], *item["options"], *item["aliases"]):
            assert courtesy(text) is None, text


@pytest.mark.parametrize("text", ["0", "7。", "B", "b", "ABD", "对", "结束", "/下一题", "是", "确认"])
def test_what_answers_nothing(text: str):
    assert is_stray(text)


@pytest.mark.parametrize(
    "text", ["", "12", "bad", "AED", "CBD", "FDA", "A股", "3D", "结束二战的是", "对错题", "10", "过程"]
)
def test_what_may_be_a_question(text: str):
    assert not is_stray(text)
