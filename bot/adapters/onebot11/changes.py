"""What OneBot v11 tells of the bot's own standing in a group."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nonebot.adapters.onebot.v11 import (
    GroupBanNoticeEvent,
    GroupDecreaseNoticeEvent,
    GroupIncreaseNoticeEvent,
    NoticeEvent,
)

from bot.adapters.doors import ChatChange
from bot.adapters.onebot11 import ids

_EVERYBODY = 0
"""Whom a mute of the whole group is told to be of."""


def change(account: str, event: NoticeEvent) -> ChatChange | None:
    """What changed for the bot itself; ``None`` for what happens to others."""
    match event:
        case GroupBanNoticeEvent() if event.user_id in (event.self_id, _EVERYBODY):
            chat = ids.chat(account, event.user_id, event.group_id)
            if event.sub_type == "lift_ban":
                return ChatChange(chat, "unmuted")
            # A whole group is muted until somebody ends it: implementations say 0, -1 or the largest number there is.
            forever = event.user_id == _EVERYBODY or event.duration <= 0
            return ChatChange(chat, "muted", None if forever else _in(event.duration))
        case GroupDecreaseNoticeEvent() if event.user_id == event.self_id:
            return ChatChange(ids.chat(account, event.user_id, event.group_id), "left")
        case GroupIncreaseNoticeEvent() if event.user_id == event.self_id:
            return ChatChange(ids.chat(account, event.user_id, event.group_id), "joined")
        case _:
            return None


def _in(seconds: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
