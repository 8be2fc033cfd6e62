"""A group talks, the bot answers when it is meant."""

import aiohttp
import pytest

from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
QUESTION = "我国现行宪法是哪一年通过的？"


@pytest.fixture(scope="module")
def known(starter_items):
    """A short-answer item of the starter bank."""
    return next(item for item in starter_items if item["kind"] == "short")


async def test_a_mention_is_answered_with_its_source_and_quotes_the_question(peer: Peer, known):
    asked = await peer.group(known["stem"], group=1)
    text = await peer.reply_to("group:1")
    assert text.startswith(known["answer"])
    assert "题库" in text
    assert peer.sent["group:1"][0]["segments"][0] == {"type": "reply", "data": {"id": str(asked)}}


async def test_chatter_is_left_alone(peer: Peer, known):
    await peer.group(known["stem"], group=2, at=False)
    await peer.message([{"type": "at", "data": {"qq": "all"}}, {"type": "text", "data": {"text": "开会"}}], group=2)
    await peer.group("为什么", group=2, at=False)
    assert await peer.silent("group:2")


@pytest.mark.parametrize("wrapped", ["/问 {}", "／问{}", "小公，{}", "公考助手 {}"])
async def test_other_ways_to_address_it(peer: Peer, known, wrapped: str):
    group = 100 + len(wrapped) + ord(wrapped[0])
    await peer.group(wrapped.format(known["stem"]), group=group, at=False)
    assert (await peer.reply_to(f"group:{group}")).startswith(known["answer"])


async def test_private_messages_need_no_mention(peer: Peer, known):
    await peer.private(known["stem"], user=7)
    assert (await peer.reply_to("private:7")).startswith(known["answer"])


async def test_why_explains_the_quoted_answer(peer: Peer, known):
    await peer.group(known["stem"], group=3)
    await peer.reply_to("group:3")
    quote = {"type": "reply", "data": {"id": str(peer.sent["group:3"][0]["message_id"])}}
    await peer.message([quote, {"type": "text", "data": {"text": "依据"}}], group=3, user=999)
    words = await peer.reply_to("group:3", count=2)
    assert "来源：题库" in words
    assert "自带题库" in words
    assert "100%" in words


async def test_why_without_a_quote_means_my_last_answer(peer: Peer, known):
    await peer.group("/为什么", group=4, at=False)
    assert "引用" in await peer.reply_to("group:4")
    await peer.group(known["stem"], group=4)
    await peer.reply_to("group:4", count=2)
    await peer.group("/为什么", group=4, at=False)
    assert "来源：题库" in await peer.reply_to("group:4", count=3)


async def test_an_event_delivered_twice_is_answered_once(peer: Peer, known):
    for _ in range(3):
        await peer.group(known["stem"], group=5, message_id=777)
    await peer.reply_to("group:5")
    assert await peer.silent("group:5")
    assert len(peer.sent["group:5"]) == 1


async def test_two_connections_with_one_account_are_refused(peer: Peer, bot: BotProcess):
    async with aiohttp.ClientSession() as http:
        for headers in ({"X-Self-ID": "5"}, {"X-Self-ID": "5", "Authorization": "Bearer wrong"}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(f"{bot.url}/onebot/v11/ws", headers=headers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好", "/帮助"),
        ("/帮助", "/问"),
        ("/不存在的命令", "没有这个命令"),
        ("😀😀", "没看到是哪道题"),
        ("　　", "没看到题目"),
        ("题" * 10_000, "10000 字"),
        ("[CQ:at,qq=all]", "题库里没有这道题"),
        ("下列说法错误的是", "要看选项"),
    ],
)
async def test_odd_messages_get_a_sentence(peer: Peer, text: str, expected: str):
    user = 1000 + abs(hash(text)) % 100_000
    await peer.private(text, user=user)
    assert expected in await peer.reply_to(f"private:{user}")


async def test_a_picture_alone_is_declined_and_a_sticker_too(peer: Peer):
    await peer.message([{"type": "image", "data": {"file": "a.jpg", "sub_type": 0}}], user=31)
    assert "没有可以下载的地址" in await peer.reply_to("private:31")
    await peer.message([{"type": "json", "data": {"data": "{}"}}], user=32)
    assert "读不了" in await peer.reply_to("private:32")


async def test_a_refused_send_is_not_repeated(peer: Peer, known):
    peer.fail_send = 1200
    await peer.private(known["stem"], user=41)
    assert await peer.silent("private:41")
    peer.fail_send = None
    await peer.private(known["stem"], user=41)
    assert (await peer.reply_to("private:41")).startswith(known["answer"])
    assert await peer.silent("private:41")


async def test_broken_frames_cost_only_themselves(peer: Peer, known):
    for frame in (
        "not json",
        "[1,2]",
        "null",
        '{"post_type":"message"}',
        '{"echo":"1"}',
        '{"post_type":5}',
        "[" * 5000,
    ):
        await peer.raw(frame)
    await peer.private(known["stem"], user=51)
    assert (await peer.reply_to("private:51")).startswith(known["answer"])


async def test_message_bodies_stay_out_of_the_log(peer: Peer, bot: BotProcess):
    await peer.private("这句私密的话不该进日志", user=61)
    await peer.reply_to("private:61")
    assert "这句私密的话不该进日志" not in bot.log
    assert "Traceback" not in bot.log


async def test_metrics_and_health(peer: Peer, bot: BotProcess, known):
    await peer.private(known["stem"], user=51)
    await peer.reply_to("private:51")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{bot.url}/metrics") as response:
            text = await response.text()
        async with http.get(f"{bot.url}/healthz") as response:
            health = await response.json()
    assert 'gongkao_asks_total{source="bank",state="answered"}' in text
    assert "gongkao_answer_seconds_bucket" in text
    assert health["database"] == "ok"
    assert health["questions"] >= 600
