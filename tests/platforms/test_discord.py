"""Discord: questions, the daily practice and refusals, with whole processes and the platform's own shapes."""

from __future__ import annotations

import asyncio
import io
import re
import time
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.discord_server import PROGRAM, DiscordServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS = 77
_QUICK = "[sending]\nlook_after_s = 0.0\n[sending.generic]\nspacing_s = 0.0\njitter_s = 0.0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[DiscordServer, BotProcess]]:
    async with DiscordServer() as server:
        server.gateway_down = 1
        bot = BotProcess(
            tmp_path_factory.mktemp("discord"),
            settings=f"superusers = ['discord:{BOSS}']\ntrusted_hosts = ['127.0.0.1']\n{_QUICK}\n{server.settings()}",
            env=server.env,
            program=PROGRAM,
        )
        await bot.start()
        await server.connected()
        await bank.add(bot.home)
        yield server, bot
        await bot.stop()
        # The adapter tells in full how the gateway failed; nothing of ours may stand there.
        assert "/bot/plugins/" not in bot.log
        assert "/bot/adapters/generic/" not in bot.log


@pytest.fixture
def discord(running: tuple[DiscordServer, BotProcess]) -> DiscordServer:
    return running[0]


def private(user: int) -> int:
    """The private channel of a member."""
    return 9_000_000 + user


def asked(item: dict[str, Any]) -> str:
    return "\n".join([item["stem"], *(f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True))])


async def until_refused(discord: DiscordServer, channel: int, count: int) -> None:
    deadline = time.monotonic() + 20
    while discord.refused.count(str(channel)) < count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def told(discord: DiscordServer, text: str, *, user: int, channel: int = 0, admin: bool = False) -> str:
    """What is answered to *text*."""
    to = channel or private(user)
    before = len([one for one in discord.sent if one["to"] == str(to)])
    await discord.say(text, user=user, channel=channel, admin=admin)
    return (await discord.texts(to, before + 1))[before]


async def recorded(discord: DiscordServer, what: str, **where: Any) -> None:
    """Wait until *what* stands in the record of pushes."""
    deadline = time.monotonic() + 20
    while what not in (record := await told(discord, "/每日一练 记录", **where)):
        assert time.monotonic() < deadline, record


async def test_the_gateway_is_asked_again_after_it_failed(discord: DiscordServer):
    assert discord.gateway_down == 0
    assert 1 in discord.frames


async def test_a_question_in_private_and_in_a_channel(discord: DiscordServer, starter_items: list[dict[str, Any]]):
    item = next(one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4)
    await discord.say(asked(item), user=5)
    assert item["answer"] in (await discord.texts(private(5), 1))[0]
    number = await discord.say(asked(item), channel=801, at=True)
    assert item["answer"] in (await discord.texts(801, 1))[0]
    assert [one["quoted"] for one in discord.sent if one["to"] == "801"] == [number]
    await discord.say("今晚吃什么？", channel=801)
    await asyncio.sleep(0.5)
    assert len(await discord.texts(801, 1)) == 1


async def test_an_answer_is_explained_to_who_quotes_it(discord: DiscordServer, starter_items: list[dict[str, Any]]):
    first, second = [one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4][:2]
    await discord.say(asked(first), channel=809, at=True)
    await discord.texts(809, 1)
    await discord.say(asked(second), channel=809, at=True)
    await discord.texts(809, 2)
    quoted, latest, *_ = [one for one in discord.sent if one["to"] == "809"]
    await discord.quote(quoted["told"]["id"], "/为什么", channel=809)
    why = (await discord.texts(809, 3))[2]
    numbers = [re.search(r"#\d+", text) for text in (quoted["text"], latest["text"], why)]
    assert all(numbers), (quoted, latest, why)
    of_first, of_second, of_why = [number and number[0] for number in numbers]
    assert of_first == of_why != of_second


async def test_a_game_names_who_was_right(discord: DiscordServer, starter_items: list[dict[str, Any]]):
    known = {item["stem"]: item for item in starter_items}
    await discord.say("/出题 单选 1题", channel=802)
    text = (await discord.texts(802, 1))[0]
    await discord.say(next(item["answer"] for stem, item in known.items() if stem in text), channel=802, user=9)
    assert "名9" in (await discord.texts(802, 2))[1]


async def test_a_picture_is_a_file_of_the_same_message(discord: DiscordServer):
    await discord.say("/帮助", channel=803, at=True)
    await discord.texts(803, 1)
    assert [len(one["files"]) for one in discord.sent if one["to"] == "803"] == [1]


async def test_a_long_record_arrives_whole_and_all_data_as_a_file(running: tuple[DiscordServer, BotProcess]):
    server, bot = running
    to = private(78)
    await server.say(f"/出题 {bank.LONG} 1题", user=78)
    await server.texts(to, 1)
    await server.say("A", user=78)
    await server.texts(to, 2)
    number = bank.lengthen(bot.home)
    await server.say(f"/错题本 {number}", user=78)
    parts = (await server.texts(to, 6))[2:]
    assert parts[0].startswith(f"#{number} ")
    assert bank.is_whole(parts)
    assert len(parts) == 4
    before, server.most[str(to)] = await bot.ignored("send_failed"), 1
    await server.say(f"/错题本 {number}", user=78)
    await until_refused(server, to, 1)
    await server.say("/帮助 出题", user=79)
    await server.texts(private(79), 1)
    # The first part stands; nothing is sent once more.
    assert len(await server.texts(to, 7)) == 7
    assert await bot.ignored("send_failed") == before + 1
    del server.most[str(to)], server.refuse[str(to)]
    await server.say("/导出我的数据", user=78)
    await server.texts(to, 9)
    [(name, data)] = [file for one in server.sent if one["to"] == str(to) for file in one["files"].items()]
    assert name.endswith(".zip")
    assert "attempt.jsonl" in zipfile.ZipFile(io.BytesIO(data)).namelist()


async def test_a_superusers_file_is_imported(discord: DiscordServer):
    await discord.drop("收件城.csv", bank.CSV, user=BOSS)
    assert "《收件城.csv》共 1 题" in (await discord.texts(private(BOSS), 1))[0]
    assert "《收件城.csv》导入完成" in await told(discord, "确认", user=BOSS)


@pytest.mark.parametrize(("user", "channel"), [(6, 0), (7, 804)])
async def test_a_push_goes_out_unasked(discord: DiscordServer, user: int, channel: int):
    where: dict[str, Any] = {"user": user, "channel": channel, "admin": bool(channel)}
    to = channel or private(user)
    assert (await told(discord, "/每日一练 开 23:00 3题", **where)).startswith("好")
    assert await told(discord, "/每日一练 现在", **where) == "好，马上发。"
    assert "退订" in (await discord.texts(to, 3))[2]
    assert [one["quoted"] for one in discord.sent if one["to"] == str(to)][2] is None
    await recorded(discord, "临时一份　发了", **where)


async def test_who_does_not_run_the_guild_orders_nothing(discord: DiscordServer):
    assert "只有群主" in await told(discord, "/每日一练 开 23:00 3题", user=8, channel=805)


async def test_a_cut_connection_is_resumed(discord: DiscordServer):
    await discord.cut()
    await discord.connected()
    assert "出题" in await told(discord, "/帮助 出题", user=10)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, 50007, "没发成：这里不让机器人发消息"),
        (404, 10003, "没发成：找不到这个群或这个人"),
        (400, 50035, "没发成：平台拒绝了"),
        (500, 0, "可能发了：平台没有确认"),
        # The last one: the account rests for a while after it.
        (429, 0, "晚点再试：平台嫌发得太快"),
    ],
)
async def test_a_refused_push_is_recorded(discord: DiscordServer, status: int, code: int, said: str):
    user = 1000 + status
    await told(discord, "/每日一练 开 23:00 3题", user=user)
    discord.refuse[str(private(user))] = status, code
    try:
        await discord.say("/每日一练 现在", user=user)
        await until_refused(discord, private(user), 2)  # the answer, and the push
    finally:
        del discord.refuse[str(private(user))]
    await recorded(discord, said, user=user)


async def test_refused_answers_are_counted_and_end_nothing(running: tuple[DiscordServer, BotProcess]):
    server, bot = running
    before = await bot.ignored("send_failed")
    for channel, status in ((806, 403), (807, 503)):
        server.refuse[str(channel)] = status, 0
        await server.say("/帮助 出题", channel=channel, at=True)
        await until_refused(server, channel, 1)
    await server.say("/帮助 出题", channel=808, at=True)
    await server.texts(808, 1)
    deadline = time.monotonic() + 10
    while await bot.ignored("send_failed") < before + 2:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
