"""取消, in all its forms."""

from __future__ import annotations

import pytest

from bot.services.phrases import CANCEL, commanded


@pytest.mark.parametrize("text", ["取消", "／取消", "/ 取消", "算了。", "不了", "不用", "不用了", "不要！"])
def test_it_means_no(text: str):
    assert CANCEL.match(text)


@pytest.mark.parametrize("text", ["取消增值税的是哪一年", "不对", "算了吧这题", "取消搁置 12"])
def test_other_words_mean_other_things(text: str):
    assert not CANCEL.match(text)


@pytest.mark.parametrize(
    "text",
    [
        "出题",
        "出题 历史 5题",
        "错题本",
        "复习",
        "我的",
        "我的纠错",
        "今日答案 2",
        "考试 国考 2027-11-28",
        "考试 省考 3 月 14 日",
        "考试 取消",
        "复习 10",
        "复习 每天 30题",
        "同类 123",
        "每日一练 开 08:00 常识 5题 工作日",
    ],
)
def test_a_command_said_to_the_bot_needs_no_stroke(text: str):
    assert commanded(text) == f"/{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/出题",
        "出题人是谁",
        "我的 电脑",
        "考试中作弊的法律责任是",
        "复习\n下列说法正确的是",
        "考试 作弊入刑最高判几年",
        "复习 三大改造的时间",
        "今日题 选什么",
        "我的纠错 怎么没人管",
        "抢答 我国最早的诗歌总集是哪一部？它共有多少篇？",
    ],
)
def test_other_words_stay_what_they_are(text: str):
    assert commanded(text) == text


@pytest.mark.parametrize("text", ["每日一练 停 1", "今日答案", "今日答案 第2份"])
def test_of_a_quoted_message_only_pushes_are_ordered(text: str):
    assert commanded(text, quoting=True) == f"/{text}"
    assert commanded("复习", quoting=True) == "复习"
