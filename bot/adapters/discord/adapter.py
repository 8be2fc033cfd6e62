"""The Discord adapter, made to survive a network that comes up after the bot."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from nonebot.adapters.discord import Adapter as DiscordAdapter
from nonebot.adapters.discord.config import BotInfo
from typing_extensions import override

from bot.adapters.pauses import pauses


class Adapter(DiscordAdapter):
    """Keeps asking for the gateway."""

    @override
    async def run_bot(self, bot_info: BotInfo) -> None:
        tasks = cast("set[asyncio.Task[Any]]", self.tasks)  # pyright: ignore[reportUnknownMemberType]
        for wait_s in pauses():
            before = set(tasks)
            await super().run_bot(bot_info)
            if tasks - before:
                return
            # It gave up and said why: a gateway that fails once would otherwise never be asked again.
            await asyncio.sleep(wait_s)
