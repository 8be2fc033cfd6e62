"""Files that members send, as adapters tell of them."""

from __future__ import annotations

from typing import Any, cast

from nonebot.adapters import Event

from bot.adapters.doors import OfferedFile, last_part
from bot.services.sending.post import Chat

_NO_FILES = ("image", "video", "audio")


def offered(event: Event, member_id: str, chat: Chat) -> OfferedFile | None:
    """The first file of *event* that can be fetched, ``where`` its address or what the platform's door knows it by;
    ``None`` on platforms that give no address to whoever has no token of theirs."""
    return _attached(event, member_id, chat) or _segment(event, member_id, chat)


def _attached(event: Event, member_id: str, chat: Chat) -> OfferedFile | None:
    """Discord: beside the message, with a type where it is known."""
    for one in getattr(event, "attachments", None) or ():
        kind = getattr(one, "content_type", None)
        if not (isinstance(kind, str) and kind.startswith(_NO_FILES)):
            return OfferedFile(last_part(one.filename), one.size, member_id, chat, where=one.url)
    return None


def _segment(event: Event, member_id: str, chat: Chat) -> OfferedFile | None:
    """Satori's ``<file>``; Telegram's document, with its name and size put there by our adapter."""
    for segment in cast("Any", event).get_message():
        told: dict[str, Any] = segment.data
        if segment.type == "document":
            name, size = told.get("file_name") or "", told.get("file_size") or "0"
            return OfferedFile(last_part(name), int(size), member_id, chat, where=told["file"])
        if segment.type == "file" and (source := str(told.get("src") or "")).startswith(("http://", "https://")):
            return OfferedFile(
                last_part(told.get("title") or source.partition("?")[0]), 0, member_id, chat, where=source
            )
    return None
