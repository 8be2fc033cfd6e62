"""What stands in a chat, as far as an implementation shows it; OneBot v11 itself has no such call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from nonebot.adapters import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, ApiNotAvailable, NetworkError

from bot.adapters.onebot11 import ids
from bot.services.sending.post import Chat

_COUNT = 50
_SKEW_S = 60
"""The platform's clock and ours differ."""


async def stands(bot: Bot, account: str, chat: Chat, text: str, since: datetime) -> bool | None:
    """As :meth:`Outlet.look`.

    ``get_group_msg_history`` is known to go-cqhttp, NapCat, LLOneBot and Lagrange, ``get_friend_msg_history`` to NapCat
    and Lagrange.
    """
    where = {"group_id": ids.number(chat.lane)} if chat.group else {"user_id": ids.number(chat.lane)}
    action = "get_group_msg_history" if chat.group else "get_friend_msg_history"
    try:
        result: Any = await bot.call_api(action, **where, count=_COUNT)
    except (ActionFailed, ApiNotAvailable, NetworkError):
        return None
    found = _messages(result)
    start, wanted, us = since.timestamp() - _SKEW_S, _bare(text), str(ids.number(account))
    for message in found:
        ours = str(_mapping(message.get("sender")).get("user_id")) == us
        if ours and _time(message) >= start and _bare(_text(message)) == wanted:
            return True
    # Not there: only when what is shown begins before it was sent.
    return False if found and min(map(_time, found)) < start else None


def _messages(result: Any) -> list[dict[str, Any]]:
    listed = _mapping(result).get("messages")
    return [_mapping(one) for one in cast("list[Any]", listed)] if isinstance(listed, list) else []


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("message")
    if not isinstance(content, list):
        return str(content or "")
    segments = [_mapping(one) for one in cast("list[Any]", content)]
    return "".join(str(_mapping(one.get("data")).get("text") or "") for one in segments if one.get("type") == "text")


def _time(message: Mapping[str, Any]) -> float:
    try:
        return float(message.get("time") or 0)
    except (TypeError, ValueError):
        return 0


def _bare(text: str) -> str:
    return "".join(text.split())


def _mapping(value: Any) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}
