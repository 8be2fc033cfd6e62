"""The Telegram adapter, made to tell more of the files and photos that members send."""

from __future__ import annotations

from typing import Any, cast

from loguru import logger
from nonebot.adapters.telegram import Adapter as TelegramAdapter
from nonebot.adapters.telegram import Bot, Event
from nonebot.adapters.telegram.event import MessageEvent

from bot.services.photos.header import MAX_BYTES

_KEPT = ("file_name", "file_size", "mime_type")


class Adapter(TelegramAdapter):
    # The name is the base's too, so that this takes the place of its own: it keeps a document's id and nothing else.
    async def __handle_update(  # pyright: ignore[reportUnusedFunction] - the base calls it
        self, bot: Bot, update: dict[str, Any]
    ) -> None:
        message: dict[str, Any] = update.get("message", {})
        quoted: dict[str, Any] = message.get("reply_to_message", {})
        # What is read is taken out of the update.
        documents = [dict(one.get("document", {})) for one in (message, quoted)]
        for one in (message, quoted):
            if sizes := one.get("photo"):
                one["photo"] = [_best(sizes)]
        try:
            event = cast("Any", Event).parse_event(update)
        except Exception:  # noqa: BLE001 - a kind of update that the adapter does not know, whatever it makes of it
            logger.exception("an update of Telegram could not be read")
            return
        for of, document in zip((event, getattr(event, "reply_to_message", None)), documents, strict=True):
            if isinstance(of, MessageEvent):
                _note(of, document)
        await bot.handle_event(event)


def _best(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest of a photo's *sizes* that is not too large to be read (core.telegram.org/bots/api, PhotoSize)."""
    small = [size for size in sizes if size.get("file_size", 0) <= MAX_BYTES]
    return max(small or sizes, key=lambda size: size["width"] * size["height"])


def _note(event: MessageEvent, document: dict[str, Any]) -> None:
    """Keep what is said of the *document* of *event* beside its id."""
    for segment in cast("Any", event).get_message()["document"]:
        # As text: the adapter's segments write themselves into the log, and stumble over numbers.
        segment.data |= {name: str(document[name]) for name in _KEPT if name in document}
