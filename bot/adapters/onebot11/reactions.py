"""Emoji under a message, as OneBot v11 implementations tell of them; the standard has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from nonebot.adapters.onebot.v11 import NoticeEvent

from bot.adapters.doors import Reaction
from bot.adapters.onebot11.ids import member

# QQ's own faces by number, and code points: 赞 and 强, 踩 and 弱.
_UP = {"76", "128077", "201"}
_DOWN = {"77", "128078"}


def thumb(event: NoticeEvent) -> Reaction | None:
    """The thumb that somebody put under a message or took away; ``None`` for any other notice or emoji.

    NapCat and LLOneBot: ``group_msg_emoji_like`` with ``likes``; Lagrange: ``reaction`` with ``code``.
    """
    fields: dict[str, Any] = event.model_dump()
    match fields.get("notice_type"):
        case "group_msg_emoji_like":
            found = fields.get("likes")
            likes = cast("list[Any]", found) if isinstance(found, list) else []
            codes = [
                str(cast("Mapping[str, Any]", like).get("emoji_id")) for like in likes if isinstance(like, Mapping)
            ]
            added, user = fields.get("is_add", True), fields.get("user_id")
        case "reaction":
            codes = [str(fields.get("code"))]
            added, user = fields.get("sub_type", "add") != "remove", fields.get("operator_id") or fields.get("user_id")
        case _:
            return None
    if not _UP.isdisjoint(codes):
        value: Literal[1, -1] = 1
    elif not _DOWN.isdisjoint(codes):
        value = -1
    else:
        return None
    if not str(user or "").isdecimal() or not fields.get("message_id"):
        return None
    return Reaction(member(str(user)), str(fields["message_id"]), value, bool(added))
