"""Files that members send, as OneBot v11 implementations tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, cast

from nonebot.adapters.onebot.v11 import Bot, Event, GroupMessageEvent, GroupUploadNoticeEvent, MessageEvent, NoticeEvent
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError


@dataclass(frozen=True, slots=True)
class OfferedFile:
    name: str
    """Last part of what the sender called it."""
    size: int
    """Bytes as the platform says; 0 when it does not."""
    user_id: int
    group_id: int | None
    file_id: str
    busid: int
    url: str
    """Empty when it has to be asked for."""


def offered_file(event: Event) -> OfferedFile | None:
    """The file that *event* is about: an upload to a group, a file sent in private, a file in a message."""
    if isinstance(event, GroupUploadNoticeEvent):
        return _offered(event.file.model_dump(), event.user_id, event.group_id)
    if isinstance(event, NoticeEvent) and event.notice_type == "offline_file":
        fields = event.model_dump()
        return _offered(fields.get("file"), int(fields.get("user_id") or 0), None)
    if isinstance(event, MessageEvent):
        group = event.group_id if isinstance(event, GroupMessageEvent) else None
        for segment in event.message:
            if segment.type == "file":
                return _offered(segment.data, event.user_id, group)
    return None


async def file_url(bot: Bot, file: OfferedFile) -> str:
    """Where *file* can be fetched; empty when the implementation does not say."""
    if file.url.startswith(("http://", "https://")):
        return file.url
    if file.group_id is not None:
        found = await _call(bot, "get_group_file_url", group_id=file.group_id, file_id=file.file_id, busid=file.busid)
    else:
        found = await _call(bot, "get_private_file_url", user_id=file.user_id, file_id=file.file_id)
    return str(found.get("url") or "")


async def _call(bot: Bot, action: str, **parameters: Any) -> dict[str, Any]:
    try:
        result: Any = await bot.call_api(action, **parameters)
    except (ActionFailed, NetworkError):
        return {}
    return cast("dict[str, Any]", result) if isinstance(result, dict) else {}


def _offered(data: Any, user_id: int, group_id: int | None) -> OfferedFile | None:
    if not isinstance(data, dict):
        return None
    fields = cast("dict[str, Any]", data)
    # Implementations disagree whether "file" is the name or the id.
    name = str(fields.get("name") or fields.get("file_name") or fields.get("file") or "")
    return OfferedFile(
        name=PureWindowsPath(PurePosixPath(name).name).name,
        size=_number(fields.get("size", fields.get("file_size"))),
        user_id=user_id,
        group_id=group_id,
        file_id=str(fields.get("id") or fields.get("file_id") or ""),
        busid=_number(fields.get("busid")),
        url=str(fields.get("url") or ""),
    )


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
