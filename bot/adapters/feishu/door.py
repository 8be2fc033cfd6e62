"""An app of Feishu as the plugins see it."""

from __future__ import annotations

from nonebot.adapters import Bot

from bot.adapters.feishu.attachments import FeishuAttachments
from bot.adapters.generic.door import GenericDoor


class FeishuDoor(GenericDoor):
    """Pictures and files have no addresses here that anybody may open."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, FeishuAttachments(bot))


Door = FeishuDoor
