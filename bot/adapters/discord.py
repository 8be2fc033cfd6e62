"""The Discord adapter, made to survive a network that comes up after the bot."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from nonebot.adapters.discord import Adapter as DiscordAdapter
from nonebot.adapters.discord.config import BotInfo
from typing_extensions import override

_AGAIN_S, _AT_MOST_S = 3.0, 60.0


class Adapter(DiscordAdapter):
    """Keeps asking for the gateway."""

    @override
    async def run_bot(self, bot_info: BotInfo) -> None:
        tasks = cast("set[asyncio.Task[Any]]", self.tasks)  # pyright: ignore[reportUnknownMemberType]
        wait_s = _AGAIN_S
        while True:
            before = set(tasks)
            await super().run_bot(bot_info)
            if tasks - before:
                return
            # It gave up and said why: a gateway that fails once would otherwise never be asked again.
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _AT_MOST_S)
