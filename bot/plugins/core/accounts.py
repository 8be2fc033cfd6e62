"""The accounts that are connected, and where in them a stored person or group is met."""

from __future__ import annotations

import nonebot

from bot.adapters.doors import Door
from bot.adapters.platforms import door_of
from bot.services.sending.post import Chat

__all__ = ["chat", "connected", "door_of"]


def connected() -> dict[str, Door]:
    """Every account, as the database writes it."""
    doors = (door_of(bot) for bot in nonebot.get_bots().values())
    return {door.account: door for door in doors if door is not None}


def chat(account: str, member_id: str, group_id: str | None) -> Chat:
    """Where *account* meets the group, or the member in private."""
    return Chat(account, group_id or member_id, group=group_id is not None)
