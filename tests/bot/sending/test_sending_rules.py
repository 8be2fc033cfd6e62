"""What platforms' refusals mean, in their own words."""

from __future__ import annotations

import pytest

from bot.services.sending import SendFailed, words
from bot.services.sending.links import without_links
from bot.services.sending.post import Receipt
from bot.services.sending.rules import judge
from bot.services.sending.rules.qq_official import _CODES  # pyright: ignore[reportPrivateUsage] - each has its words

TIMEOUT = (
    "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg "
    'ListenerName:NodeIKernelMsgListener/onMsgInfoListUpdate EventRet:\n{\n    "result": 0,\n    "errMsg": ""\n}\n'
)
REJECTED = "EventChecker Failed: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg EventRet:\n"


@pytest.mark.parametrize(
    ("code", "text", "state", "reason"),
    [
        ("1200", TIMEOUT, "perhaps", "unconfirmed"),
        ("200", TIMEOUT, "perhaps", "unconfirmed"),
        ("1200", "", "perhaps", "unconfirmed"),
        (
            "1200",
            REJECTED + '{"result": 110, "errMsg": "发送失败，你已被移出该群，请重新加群。"}',
            "refused",
            "not_in_group",
        ),
        ("1200", REJECTED + '{"result": 120, "errMsg": ""}', "later", "muted"),
        ("1200", REJECTED + '{"result": 299, "errMsg": ""}', "refused", "refused"),
        ("100", "发送失败，你已被禁言", "later", "muted"),
        ("100", "群消息发送失败: 账号可能被风控", "perhaps", "risk"),
        ("1200", "对方不是好友", "refused", "no_friend"),
        ("1400", "bad request", "refused", "refused"),
        ("not_connected", "", "later", "offline"),
        ("no_such_chat", "", "refused", "no_such_chat"),
    ],
)
def test_onebot_words(code: str, text: str, state: str, reason: str):
    verdict = judge("onebot11", SendFailed(code, text=text))
    assert (verdict.state, verdict.reason) == (state, reason)


def test_a_broken_connection_leaves_it_open():
    for platform in ("onebot11", "qq", "satori"):
        assert judge(platform, SendFailed("unconfirmed", perhaps=True)).state == "perhaps"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("40034102", "otherwise"),
        ("40034105", "otherwise"),
        ("22009", "later"),
        ("40054005", "perhaps"),
        ("304022", "later"),
        ("40034128", "otherwise"),
        ("40054002", "later"),
        ("40054010", "otherwise"),
        ("http_429", "later"),
        ("http_400", "refused"),
    ],
)
def test_qq_codes(code: str, state: str):
    assert judge("qq", SendFailed(code)).state == state


def test_a_refused_quota_is_waited_for_as_long_as_the_platform_says():
    assert judge("discord", SendFailed("http_429", retry_after_s=7)).pause_s == 7


@pytest.mark.parametrize("reason", sorted({verdict.reason for verdict in _CODES.values()}))
def test_every_reason_has_its_words(reason: str):
    assert words.reason(reason) != "原因不明"
    assert words.receipt(Receipt("later", reason)).startswith("还没发，")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("看 https://a.example/x?y=1，再答", "看 （链接），再答"),
        ("见www.gov.cn。", "见（链接）。"),
        ("a.com/b 和 1.5 倍", "（链接） 和 1.5 倍"),
        ("3.14 < π，A.甲 B.乙", "3.14 < π，A.甲 B.乙"),
    ],
)
def test_links_are_taken_out(text: str, bare: str):
    assert without_links(text) == bare
