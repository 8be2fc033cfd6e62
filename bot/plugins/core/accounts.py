"""The accounts that are connected, and where in them a stored person or group is met."""

from __future__ import annotations

import nonebot
from nonebot.adapters.onebot.v11 import Bot

from bot.adapters import onebot11


def connected() -> dict[str, Bot]:
    """Every OneBot account, as the database writes it."""
    return {onebot11.account(bot): bot for bot in nonebot.get_bots().values() if isinstance(bot, Bot)}


def place(member_id: str, group_id: str | None) -> tuple[int, int | None]:
    """The platform's numbers of a member, 0 for none, and of the group, if any.

    Raises:
        ValueError: the member or the group is of another platform.
    """
    return int(member_id.partition(":")[2] or 0), int(group_id.partition(":")[2]) if group_id else None
