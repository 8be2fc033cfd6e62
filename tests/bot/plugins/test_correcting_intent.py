"""What is said of an answer, and what is only said."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

# The file alone: its package wants a running NoneBot.
_FILE = Path(__file__).parents[3] / "bot/plugins/correcting/intent.py"
_spec = importlib.util.spec_from_file_location("correcting_intent", _FILE)
assert _spec is not None
assert _spec.loader is not None
_module = sys.modules["correcting_intent"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
Intent, intent_of = _module.Intent, _module.intent_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/纠错 B", "B"),
        ("/纠错B", "B"),
        ("／纠错：B 理由：书上写的", "B 理由：书上写的"),
        ("/ 纠正 长江\n地理书", "长江\n地理书"),
        ("/报错 这题是不是错了？", "这题是不是错了？"),
        ("/更正", ""),
    ],
)
def test_the_command_counts_wherever_it_is_said(text, said):
    assert intent_of(text) == Intent("correct", said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("不对，应该是B", "应该是B"),
        ("不对 应该选B", "应该选B"),
        ("错了，正确答案是《史记》", "正确答案是《史记》"),
        ("答案不对，应该是长江\n书上写的", "应该是长江\n书上写的"),
        ("这题错了。答案应该是C", "答案应该是C"),
        ("不是，应当为1949年", "应当为1949年"),
        ("不是吧应该选C", "应该选C"),
        ("答错了，正确的是A", "正确的是A"),
    ],
)
def test_an_objection_with_an_answer_counts_when_we_are_addressed(text, said):
    assert intent_of(text) == Intent("correct", said, only_to_us=True)


@pytest.mark.parametrize("text", ["👍", "👍🏻", "赞", "有用", "答得好！", "好评", "/赞"])
def test_thumbs_up_count_when_we_are_addressed(text):
    assert intent_of(text) == Intent("up", only_to_us=True)


@pytest.mark.parametrize("text", ["👎", "👎🏿", "踩", "没用", "差评。", "答错了", "/踩"])
def test_thumbs_down_count_when_we_are_addressed(text):
    assert intent_of(text) == Intent("down", only_to_us=True)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("/撤回 12", Intent("withdraw", number=12)),
        ("/撤回纠错 #12", Intent("withdraw", number=12)),
        ("／撤回12", Intent("withdraw", number=12)),
        ("/我的纠错", Intent("mine")),
        ("/我的贡献", Intent("mine")),
        ("/纠错记录", Intent("mine")),
        ("/贡献榜", Intent("board")),
        ("/纠错榜", Intent("board")),
    ],
)
def test_the_other_commands(text, intent):
    assert intent_of(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "不对吧，应该是哪个？", "不对，应该是B吗", "不对，应该是什么", "不对，应该选哪个", "不对，为什么应该是B呢", "不对", "错了",
        "不对，你再想想", "应该是B", "正确答案是B", "我觉得不对，应该是B", "赞成", "有用吗", "没用的", "点赞", "👍👍 大家好", "撤回 12",
        "/撤回", "/撤回 一二", "/撤回 1234567890123456789", "我的纠错", "贡献榜", "纠错 B", "/审核", "", "不对，应该是B？",
    ],
)  # fmt: skip
def test_ordinary_chat_is_left_alone(text):
    assert intent_of(text) is None


@given(st.text(max_size=80))
def test_any_text_is_read(text):
    assert intent_of(text) is None or isinstance(intent_of(text), Intent)
