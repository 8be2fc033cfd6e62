"""A place in a OneBot v11 chat that one message after the other takes."""

from __future__ import annotations

from loguru import logger
from nonebot.adapters.onebot.v11 import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError

from bot.adapters.onebot11.messages import say


class ChatScreen:
    """Replaces its message by sending a new one and recalling the old: OneBot v11 has no editing."""

    def __init__(self, bot: Bot, *, user_id: int, group_id: int | None) -> None:
        self._bot = bot
        self._user_id = user_id
        self._group_id = group_id
        self._shown: str | None = None

    async def show(self, text: str) -> None:
        before = self._shown
        try:
            self._shown = await say(self._bot, text, user_id=self._user_id, group_id=self._group_id)
        except (ActionFailed, NetworkError) as error:
            logger.warning("card not confirmed by the platform: {}", type(error).__name__)
            return
        await self._recall(before)

    async def clear(self) -> None:
        before, self._shown = self._shown, None
        await self._recall(before)

    async def _recall(self, message_id: str | None) -> None:
        if message_id is None:
            return
        try:
            # Implementations disagree whether ids are numbers; they are in the standard.
            number = int(message_id) if message_id.lstrip("-").isdigit() else message_id
            await self._bot.call_api("delete_msg", message_id=number)
        except (ActionFailed, NetworkError) as error:
            # Too old to recall on some implementations; an old card does no harm.
            logger.info("card not recalled: {}", type(error).__name__)
