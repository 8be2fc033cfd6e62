"""A bot of Discord as the plugins see it."""

from __future__ import annotations

from typing import cast

from nonebot.adapters import Bot
from nonebot.adapters.discord import Adapter

from bot.adapters.generic.attachments import Attachments
from bot.adapters.generic.door import GenericDoor


class DiscordDoor(GenericDoor):
    def __init__(self, bot: Bot) -> None:
        # Where the platform is reached by a proxy, its files are too.
        proxy = cast("Adapter", bot.adapter).discord_config.discord_proxy
        super().__init__(bot, Attachments(bot, proxy=proxy or ""))


Door = DiscordDoor
