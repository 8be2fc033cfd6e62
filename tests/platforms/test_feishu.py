"""Feishu: questions, the daily practice and refusals, with whole processes and the platform's own shapes."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.feishu_server import OWNER, FeishuServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
_QUICK = "[sending]\nlook_after_s = 0.0\n[sending.generic]\nspacing_s = 0.0\njitter_s = 0.0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[FeishuServer, BotProcess]]:
    async with FeishuServer() as server:
        server.down = 1
        bot = BotProcess(tmp_path_factory.mktemp("feishu"), settings=f"{_QUICK}\n{server.settings()}")
        await bot.start()
        await server.ready(bot.url)
        await bank.add(bot.home)
        yield server, bot
        await bot.stop()
        assert "Traceback" not in bot.log


@pytest.fixture
def feishu(running: tuple[FeishuServer, BotProcess]) -> FeishuServer:
    return running[0]


@pytest.fixture
def url(running: tuple[FeishuServer, BotProcess]) -> str:
    return running[1].url


def asked(item: dict[str, Any]) -> str:
    return "\n".join([item["stem"], *(f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True))])


async def test_a_platform_that_failed_at_first_is_asked_again(feishu: FeishuServer):
    assert feishu.down == 0


async def test_a_question_in_private_and_in_a_group(
    feishu: FeishuServer, url: str, starter_items: list[dict[str, Any]]
):
    item = next(one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4)
    await feishu.say(url, asked(item), user="ou_5")
    assert item["answer"] in (await feishu.texts("ou_5", 1))[0]
    number = await feishu.say(url, asked(item), chat="oc_ask")
    assert item["answer"] in (await feishu.texts("oc_ask", 1))[0]
    assert [one["quoted"] for one in feishu.sent if one["to"] == "oc_ask"] == [number]
    await feishu.say(url, "今晚吃什么？", chat="oc_ask", at=False)
    await asyncio.sleep(0.5)
    assert len(await feishu.texts("oc_ask", 1)) == 1


async def test_an_event_with_another_token_is_refused(feishu: FeishuServer, url: str):
    assert await feishu.event(url, "im.message.receive_v1", {}, token="guessed") == 403


async def test_a_game_names_who_was_right(feishu: FeishuServer, url: str, starter_items: list[dict[str, Any]]):
    known = {item["stem"]: item for item in starter_items}
    await feishu.say(url, "/出题 单选 1题", chat="oc_game")
    text = (await feishu.texts("oc_game", 1))[0]
    key = next(item["answer"] for stem, item in known.items() if stem in text)
    await feishu.say(url, key, chat="oc_game", user="ou_9", at=False)
    assert "名ou_9" in (await feishu.texts("oc_game", 2))[1]


async def test_a_picture_and_its_words_are_one_message(feishu: FeishuServer, url: str):
    await feishu.say(url, "/帮助", chat="oc_picture")
    await feishu.texts("oc_picture", 1)
    assert [one["type"] for one in feishu.sent if one["to"] == "oc_picture"] == ["post"]


async def test_a_long_record_arrives_whole_and_all_data_as_a_file(running: tuple[FeishuServer, BotProcess]):
    server, bot = running
    await server.say(bot.url, f"/出题 {bank.LONG} 1题", user="ou_78")
    await server.texts("ou_78", 1)
    await server.say(bot.url, "A", user="ou_78")
    await server.texts("ou_78", 2)
    number = bank.lengthen(bot.home)
    await server.say(bot.url, f"/错题本 {number}", user="ou_78")
    parts = (await server.texts("ou_78", 4))[2:]
    assert bank.is_whole(parts)
    await server.say(bot.url, "/导出我的数据", user="ou_78")
    key = (await server.texts("ou_78", 6))[4]
    name, data = server.files[key]
    assert name.endswith(".zip")
    assert "attempt.jsonl" in zipfile.ZipFile(io.BytesIO(data)).namelist()


async def told(feishu: FeishuServer, url: str, text: str, *, user: str, chat: str = "") -> str:
    """What is answered to *text*."""
    to = chat or user
    before = len([one for one in feishu.sent if one["to"] == to])
    await feishu.say(url, text, user=user, chat=chat)
    return (await feishu.texts(to, before + 1))[before]


async def recorded(feishu: FeishuServer, url: str, what: str, *, user: str, chat: str = "") -> str:
    """The record of pushes, once *what* stands in it."""
    deadline = time.monotonic() + 20
    while what not in (record := await told(feishu, url, "/每日一练 记录", user=user, chat=chat)):
        assert time.monotonic() < deadline, record
    return record


@pytest.mark.parametrize(("user", "chat"), [("ou_6", ""), (OWNER, "oc_push")])
async def test_a_push_goes_out_unasked(feishu: FeishuServer, url: str, user: str, chat: str):
    assert (await told(feishu, url, "/每日一练 开 23:00 3题", user=user, chat=chat)).startswith("好")
    assert await told(feishu, url, "/每日一练 现在", user=user, chat=chat) == "好，马上发。"
    assert "退订" in (await feishu.texts(chat or user, 3))[2]
    assert [one["quoted"] for one in feishu.sent if one["to"] == (chat or user)][2] == ""
    assert "临时一份　发了" in await recorded(feishu, url, "发了", user=user, chat=chat)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (400, 230002, "没发成：这里不让机器人发消息"),
        (200, 230013, "没发成：这里不让机器人发消息"),
        (400, 230001, "没发成：平台拒绝了"),
        (500, 0, "可能发了：平台没有确认"),
        # The last one: the account rests for a while after it.
        (400, 99991400, "晚点再试：平台嫌发得太快"),
    ],
)
async def test_a_refused_push_is_recorded(feishu: FeishuServer, url: str, status: int, code: int, said: str):
    user = f"ou_no{code}"
    await told(feishu, url, "/每日一练 开 23:00 3题", user=user)
    feishu.refuse[user] = status, code
    try:
        await feishu.say(url, "/每日一练 现在", user=user)
        deadline = time.monotonic() + 20
        while feishu.refused.count(user) < 2:  # the answer, and the push
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    finally:
        del feishu.refuse[user]
    await recorded(feishu, url, said, user=user)


async def test_refused_answers_are_counted_and_end_nothing(running: tuple[FeishuServer, BotProcess]):
    server, bot = running
    before = await bot.ignored("send_failed")
    for user, fate in (("ou_400", (400, 230002)), ("ou_200", (200, 230002)), ("ou_503", (503, 0))):
        server.refuse[user] = fate
        await server.say(bot.url, "/帮助 出题", user=user)
    await server.say(bot.url, "/帮助 出题", user="ou_fine")
    await server.texts("ou_fine", 1)
    deadline = time.monotonic() + 10
    while await bot.ignored("send_failed") < before + 3:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
