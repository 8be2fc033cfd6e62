"""Files that members send, as OneBot v11 implementations tell of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from nonebot.adapters.onebot.v11 import GroupMessageEvent, GroupUploadNoticeEvent, MessageEvent, NoticeEvent

from bot.adapters.doors import OfferedFile, last_part
from bot.adapters.onebot11 import ids
from bot.services.downloads import Address


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an implementation keeps a file."""

    user_id: int
    group_id: int | None
    file_id: str
    busid: int


Ask = Callable[[Kept], Awaitable[Address]]
"""Asks the implementation for the address of a file."""


def file_told_of(account: str, event: NoticeEvent, ask: Ask) -> OfferedFile | None:
    """The file that a notice is about: an upload to a group, a file sent in private."""
    if isinstance(event, GroupUploadNoticeEvent):
        return _offered(account, event.file.model_dump(), event.user_id, event.group_id, ask)
    if event.notice_type == "offline_file":
        fields = event.model_dump()
        return _offered(account, fields.get("file"), int(fields.get("user_id") or 0), None, ask)
    return None


def file_in(account: str, event: MessageEvent, data: dict[str, Any], ask: Ask) -> OfferedFile | None:
    """The file of a ``file`` segment with this *data*."""
    group_id = event.group_id if isinstance(event, GroupMessageEvent) else None
    return _offered(account, data, event.user_id, group_id, ask)


def _offered(account: str, data: Any, user_id: int, group_id: int | None, ask: Ask) -> OfferedFile | None:
    if not isinstance(data, dict):
        return None
    fields = cast("dict[str, Any]", data)
    # Implementations disagree whether "file" is the name or the id.
    name = str(fields.get("name") or fields.get("file_name") or fields.get("file") or "")
    url = str(fields.get("url") or "")
    kept = Kept(
        user_id=user_id,
        group_id=group_id,
        file_id=str(fields.get("id") or fields.get("file_id") or ""),
        busid=_number(fields.get("busid")),
    )
    return OfferedFile(
        name=last_part(name),
        size=_number(fields.get("size", fields.get("file_size"))),
        member_id=ids.member(user_id),
        chat=ids.chat(account, user_id, group_id),
        place=url if url.startswith(("http://", "https://")) else partial(ask, kept),
    )


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
