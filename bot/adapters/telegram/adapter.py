"""The Telegram adapter, made to tell what the files are called that members send."""

from __future__ import annotations

from typing import Any, cast

from loguru import logger
from nonebot.adapters.telegram import Adapter as TelegramAdapter
from nonebot.adapters.telegram import Bot, Event
from nonebot.adapters.telegram.event import MessageEvent


class Adapter(TelegramAdapter):
    # The name is the base's too, so that this takes the place of its own: it keeps a document's id and nothing else.
    async def __handle_update(  # pyright: ignore[reportUnusedFunction] - the base calls it
        self, bot: Bot, update: dict[str, Any]
    ) -> None:
        # What is read is taken out of the update.
        document: dict[str, Any] = dict(update.get("message", {}).get("document", {}))
        try:
            event = cast("Any", Event).parse_event(update)
        except Exception:  # noqa: BLE001 - a kind of update that the adapter does not know, whatever it makes of it
            logger.exception("an update of Telegram could not be read")
            return
        if isinstance(event, MessageEvent):
            for segment in cast("Any", event).get_message()["document"]:
                # As text: the adapter's segments write themselves into the log, and stumble over numbers.
                known = [name for name in ("file_name", "file_size") if name in document]
                segment.data |= {name: str(document[name]) for name in known}
        await bot.handle_event(event)
