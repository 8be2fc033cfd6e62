"""Platforms behind universal messages: Telegram with a server of its own, the others as far as they start."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.adapters import platforms
from settings import SettingsError
from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.telegram_server import SELF_ID, TOKEN, TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS = 77


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[TelegramServer, BotProcess]]:
    async with TelegramServer() as server:
        more = f'superusers = ["telegram:{BOSS}"]\ntrusted_hosts = ["127.0.0.1"]\n'
        bot = BotProcess(tmp_path_factory.mktemp("telegram"), settings=more + server.settings())
        await bot.start()
        await bank.add(bot.home)
        yield server, bot
        await bot.stop()
        assert "/bot/plugins/" not in bot.log


@pytest.fixture
def telegram(running: tuple[TelegramServer, BotProcess]) -> TelegramServer:
    return running[0]


async def test_its_own_words_are_counted_and_not_answered(running: tuple[TelegramServer, BotProcess]):
    server, bot = running
    server.say("/帮助", user=SELF_ID, chat=-31)
    server.say("/帮助 出题", chat=-32)
    await server.texts(-32, 1)
    assert await bot.ignored("own_message") == 1
    assert all(int(one["chat_id"]) != -31 for one in server.sent)


async def test_a_question_in_private_and_in_a_group(telegram: TelegramServer, starter_items: list[dict[str, Any]]):
    item = next(one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4)
    asked = "\n".join(
        [item["stem"], *(f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True))]
    )
    telegram.say(asked, user=5)
    assert item["answer"] in (await telegram.texts(5, 1))[0]
    telegram.say(f"@quizbot {asked}", chat=-100500)
    assert item["answer"] in (await telegram.texts(-100500, 1))[0]
    telegram.say("今晚吃什么？", chat=-100500)
    await asyncio.sleep(1)
    assert len(await telegram.texts(-100500, 1)) == 1


async def test_a_game_speaks_for_itself(telegram: TelegramServer, starter_items: list[dict[str, Any]]):
    known = {item["stem"]: item for item in starter_items}
    telegram.say("/出题 单选 1题", chat=-7)
    text = (await telegram.poll(-7, 1)).question
    telegram.say(next(item["answer"] for stem, item in known.items() if stem in text), chat=-7, user=9)
    assert "名9" in (await telegram.texts(-7, 1))[0]


async def test_a_long_record_arrives_whole_and_all_data_as_a_file(running: tuple[TelegramServer, BotProcess]):
    server, bot = running
    server.say(f"/出题 {bank.LONG} 1题", user=78)
    await server.poll(78, 1)
    server.say("A", user=78)
    await server.texts(78, 1)
    number = bank.lengthen(bot.home)
    server.say(f"/错题本 {number}", user=78)
    parts = (await server.texts(78, 3))[1:]
    assert parts[0].startswith(f"#{number} ")
    assert bank.is_whole(parts)
    server.say("/导出我的数据", user=78)
    assert await server.texts(78, 5)
    assert len(parts) == 2
    [(chat, name, data)] = server.documents
    assert (chat, name[-4:]) == (78, ".zip")
    assert "attempt.jsonl" in zipfile.ZipFile(io.BytesIO(data)).namelist()


async def test_a_superusers_file_is_imported(running: tuple[TelegramServer, BotProcess]):
    server, bot = running
    server.drop("收件城.csv", bank.CSV, user=5)
    server.drop("收件城.csv", bank.CSV, user=BOSS)
    assert "《收件城.csv》共 1 题" in (await server.texts(BOSS, 1))[0]
    server.say("确认", user=BOSS)
    assert "《收件城.csv》导入完成" in (await server.texts(BOSS, 2))[1]
    server.say("虚构的收件城叫什么？", user=BOSS)
    assert "青桐城" in (await server.texts(BOSS, 3))[2]
    assert TOKEN not in bot.log
    assert TOKEN not in str(server.sent)


async def test_a_chat_that_blocks_the_bot_ends_nothing(telegram: TelegramServer):
    telegram.refuse = 403
    telegram.say("/帮助", user=6)
    await asyncio.sleep(1)
    telegram.refuse = 0
    telegram.say("/帮助", user=8)
    await telegram.texts(8, 1)


async def test_discord_and_feishu_start_beside_onebot(tmp_path: Path):
    enabled = '[platforms]\nenabled = ["onebot11", "discord", "feishu"]'
    bot = await BotProcess(tmp_path, settings=enabled).start()
    await bot.stop()
    assert "Loaded adapters: OneBot V11, Discord, Feishu" in bot.log
    assert "Traceback" not in bot.log


async def test_what_is_not_installed_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if "satori" in name else object())
    platforms.check_installed(["onebot11", "qq"])
    with pytest.raises(SettingsError, match=r"satori.*make platforms"):
        platforms.check_installed(["onebot11", "satori"])
