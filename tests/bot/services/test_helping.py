"""Help for who asks, and the nearest command for a typo."""

from __future__ import annotations

import pytest

from bot.services import helping, replies
from bot.services.helping import Role


@pytest.mark.parametrize(
    ("role", "there", "hidden"),
    [("member", "/帮助 出题", "训练"), ("admin", "/帮助 盲评", "训练"), ("superuser", "/帮助 训练", "没有")],
)
def test_everybody_is_told_of_what_is_theirs(role: Role, there: str, hidden: str):
    text = helping.about("", role)
    assert text.startswith(replies.HELP)
    assert there in text
    assert hidden not in text


@pytest.mark.parametrize("topic", ["出题", "学习", "错题本", "复习", "纠错", "盲评", "推送", "退订"])
def test_a_topic_is_told(topic: str):
    assert "/" in helping.about(topic, "member")


def test_an_unknown_topic_lists_those_that_there_are():
    assert helping.about("做饭", "member") == "没有「做饭」这一项。有：问答、出题、学习、每日一练、纠错、绑定。"


@pytest.mark.parametrize(
    ("typed", "role", "told"),
    [
        ("/错提本", "member", "没有 /错提本，是不是 /错题本？发 /帮助 看用法。"),
        ("/出體 历史", "member", replies.UNKNOWN_COMMAND),
        ("／排行傍", "member", "没有 /排行傍，是不是 /排行榜？发 /帮助 看用法。"),
        ("/训炼", "member", replies.UNKNOWN_COMMAND),
        ("/天气", "member", replies.UNKNOWN_COMMAND),
        ("/撤消审核 3", "superuser", "没有 /撤消审核，是不是 /撤销审核？发 /帮助 看用法。"),
        ("/撤消导入 3", "superuser", "没有 /撤消导入，是不是 /撤销导入？发 /帮助 看用法。"),
        ("/撤消导入 3", "member", replies.UNKNOWN_COMMAND),
        ("/撤销导入", "superuser", f"/撤销导入 后面写的我看不懂。\n{helping.about('导入', 'superuser')}"),
    ],
)
def test_a_typo_gets_the_nearest_command(typed: str, role: Role, told: str):
    assert helping.unknown(typed, role) == told


def test_every_command_of_a_topic_may_be_asked_for():
    for command in helping.COMMANDS:
        assert helping.unknown(f"/{command}x", "superuser") != ""


@pytest.mark.parametrize(
    ("typed", "ours"),
    [("/错提本", True), ("/排行傍", True), ("/签到", False), ("/我的钱包", False), ("/出题", False), ("错提本", False)],
)
def test_what_nobody_addressed_to_us_is_ours_when_it_is_very_near(typed: str, ours: bool):
    assert helping.meant(typed) is ours
