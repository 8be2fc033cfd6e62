"""Telegram where it is reached by a proxy alone: what members send comes that way too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow]
BOSS = 77


async def test_a_superusers_file_comes_by_the_proxy(tmp_path: Path):
    async with TelegramServer() as server:
        # It plays the proxy as well; the name of the platform leads nowhere from here.
        told = server.settings().replace(f"http://127.0.0.1:{server.port}/", "http://telegram.invalid/")
        told = told.replace("[nonebot]", f'[nonebot]\ntelegram_proxy = "http://127.0.0.1:{server.port}"')
        bot = await BotProcess(tmp_path, settings=f'superusers = ["telegram:{BOSS}"]\n{told}').start()
        try:
            server.drop("收件城.csv", bank.CSV, user=BOSS)
            assert "《收件城.csv》共 1 题" in (await server.texts(BOSS, 1))[0]
        finally:
            await bot.stop()
