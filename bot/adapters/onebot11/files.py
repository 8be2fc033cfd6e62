"""Files that members send, as OneBot v11 implementations tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from nonebot.adapters.onebot.v11 import GroupMessageEvent, GroupUploadNoticeEvent, MessageEvent, NoticeEvent

from bot.adapters.doors import OfferedFile, last_part
from bot.adapters.onebot11 import ids


@dataclass(frozen=True, slots=True)
class Place:
    """Where an implementation keeps a file."""

    user_id: int
    group_id: int | None
    file_id: str
    busid: int
    url: str
    """Empty when it has to be asked for."""


def file_told_of(account: str, event: NoticeEvent) -> OfferedFile | None:
    """The file that a notice is about: an upload to a group, a file sent in private."""
    if isinstance(event, GroupUploadNoticeEvent):
        return _offered(account, event.file.model_dump(), event.user_id, event.group_id)
    if event.notice_type == "offline_file":
        fields = event.model_dump()
        return _offered(account, fields.get("file"), int(fields.get("user_id") or 0), None)
    return None


def file_in(account: str, event: MessageEvent, data: dict[str, Any]) -> OfferedFile | None:
    """The file of a ``file`` segment with this *data*."""
    return _offered(account, data, event.user_id, event.group_id if isinstance(event, GroupMessageEvent) else None)


def _offered(account: str, data: Any, user_id: int, group_id: int | None) -> OfferedFile | None:
    if not isinstance(data, dict):
        return None
    fields = cast("dict[str, Any]", data)
    # Implementations disagree whether "file" is the name or the id.
    name = str(fields.get("name") or fields.get("file_name") or fields.get("file") or "")
    return OfferedFile(
        name=last_part(name),
        size=_number(fields.get("size", fields.get("file_size"))),
        member_id=ids.member(user_id),
        chat=ids.chat(account, user_id, group_id),
        where=Place(
            user_id=user_id,
            group_id=group_id,
            file_id=str(fields.get("id") or fields.get("file_id") or ""),
            busid=_number(fields.get("busid")),
            url=str(fields.get("url") or ""),
        ),
    )


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
