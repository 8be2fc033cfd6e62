"""What members send beside words, as adapters tell of it: pictures, files, and what they quote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, cast

from nonebot.adapters import Bot, Event, Message
from nonebot_plugin_alconna.uniseg import Image, UniMessage

from bot.adapters.doors import OfferedFile, last_part
from bot.services.downloads import Address, Place
from bot.services.incoming import Quoted
from bot.services.sending.post import Chat

_NO_FILES = ("image", "video", "audio")
_MENTION = re.compile(r"<(?:@[!&]?|#)\d+> ?")
"""In words as Discord keeps them: docs.discord.com, reference, message formatting."""


class Attachments:
    """Of one account, where adapters give addresses: on Discord beside the message, with a type where it is known
    (docs.discord.com, resources/message, attachment object); on Satori in it. Other platforms have their own kind."""

    def __init__(self, bot: Bot, *, proxy: str = "") -> None:
        """*proxy* is the http proxy that the platform's files are reached by."""
        self._bot = bot
        self._proxy = proxy

    def pictures(self, event: Event) -> tuple[Place, ...]:
        """Where the pictures of *event* lie, stickers aside."""
        if attached := getattr(event, "attachments", None):
            return self._pictured(attached)
        return self.shown(cast("Any", event).get_message())

    def shown(self, message: Message[Any]) -> tuple[Place, ...]:
        """Where the pictures within *message* lie, as far as it tells."""
        universal = cast("Any", UniMessage).of(message, self._bot)
        return tuple(self._at(one.url or "") for one in universal[Image] if not one.sticker)

    def quoted(self, event: Event, quoted: Quoted) -> Quoted:
        """*quoted*, the message that *event* quotes, with what only the adapter knows of it."""
        # Discord's adapter asks for it; where that is refused, the event mostly holds it all the same.
        message = cast("Any", getattr(event, "reply", None) or getattr(event, "referenced_message", None))
        if message is None or not hasattr(message, "attachments"):
            return quoted
        ours = str(message.author.id) == self._bot.self_id
        text = _MENTION.sub("", message.content).strip()
        return replace(quoted, ours=ours, text=text, pictures=self._pictured(message.attachments))

    def file(self, event: Event, member_id: str, chat: Chat) -> OfferedFile | None:
        """The first file of *event* that can be fetched."""
        for one in getattr(event, "attachments", None) or ():
            if not _type(one).startswith(_NO_FILES):
                return OfferedFile(last_part(one.filename), member_id, chat, self._at(one.url), one.size)
        for segment in cast("Any", event).get_message():
            told: dict[str, Any] = segment.data
            if segment.type == "file" and (source := str(told.get("src") or "")).startswith(("http://", "https://")):
                return OfferedFile(
                    last_part(told.get("title") or source.partition("?")[0]), member_id, chat, self._at(source)
                )
        return None

    def _pictured(self, attached: Iterable[Any]) -> tuple[Place, ...]:
        return tuple(self._at(one.url) for one in attached if _type(one).startswith("image"))

    def _at(self, url: str) -> Place:
        if not self._proxy or not url:
            return url
        return partial(_by_proxy, url, self._proxy)


async def _by_proxy(url: str, proxy: str) -> Address:
    return Address(url, proxy=proxy)


def _type(attachment: Any) -> str:
    """Empty when it is not known."""
    kind = attachment.content_type
    return kind if isinstance(kind, str) else ""
