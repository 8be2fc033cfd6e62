"""Platforms that are reached by a proxy alone: what members send comes that way too.

Their servers play the proxy as well, and the names of the platforms lead nowhere from here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.discord_server import PROGRAM, DiscordServer
from tests.platforms.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow]
BOSS = 77


async def test_a_file_on_telegram(tmp_path: Path):
    async with TelegramServer() as server:
        told = server.settings().replace(f"http://127.0.0.1:{server.port}/", "http://telegram.invalid/")
        told = told.replace("[nonebot]", f'[nonebot]\ntelegram_proxy = "http://127.0.0.1:{server.port}"')
        bot = await BotProcess(tmp_path, settings=f'superusers = ["telegram:{BOSS}"]\n{told}').start()
        try:
            server.drop("收件城.csv", bank.CSV, user=BOSS)
            assert "《收件城.csv》共 1 题" in (await server.texts(BOSS, 1))[0]
        finally:
            await bot.stop()


async def test_a_file_on_discord(tmp_path: Path):
    async with DiscordServer() as server:
        server.files_host = "cdn.invalid"
        proxy = f'[nonebot]\ndiscord_proxy = "http://127.0.0.1:{server.port}"'
        told = server.settings().replace("[nonebot]", proxy)
        settings = f"superusers = ['discord:{BOSS}']\n{told}"
        bot = await BotProcess(tmp_path, settings=settings, env=server.env, program=PROGRAM).start()
        try:
            await server.connected()
            await server.drop("收件城.csv", bank.CSV, user=BOSS)
            assert "《收件城.csv》共 1 题" in (await server.texts(9_000_000 + BOSS, 1))[0]
        finally:
            await bot.stop()
