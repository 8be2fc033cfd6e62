"""A place in a chat that one message after the other takes."""

from __future__ import annotations

from loguru import logger

from bot.adapters.doors import Door
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat


class ChatScreen:
    """Edits its message where the platform can, else sends a new one and recalls the old; where neither goes, the
    first message stays and no other comes: a row of them would be a flood."""

    def __init__(self, door: Door, chat: Chat) -> None:
        self._door = door
        self._chat = chat
        self._shown: str | None = None

    async def show(self, text: str) -> None:
        before = self._shown
        try:
            if before is not None and "edit" in self._door.kinds:
                await self._door.edit(self._chat, before, text)
                return
            if before is not None and "recall" not in self._door.kinds:
                return
            self._shown = await self._door.say(self._chat, text)
        except SendFailed as error:
            logger.warning("card not confirmed by the platform: {}", error.code)
            return
        await self._recall(before)

    async def clear(self) -> None:
        before, self._shown = self._shown, None
        await self._recall(before)

    async def _recall(self, message_id: str | None) -> None:
        if message_id is None or "recall" not in self._door.kinds:
            return
        try:
            await self._door.recall(self._chat, message_id)
        except SendFailed as error:
            # Too old to recall on some implementations; an old card does no harm.
            logger.info("card not recalled: {}", error.code)
