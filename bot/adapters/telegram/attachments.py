"""Pictures and files that members send on Telegram. A bot fetches them in two steps: it asks where one lies."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, cast
from urllib.parse import quote

from loguru import logger
from nonebot.adapters import Event
from typing_extensions import override

from bot.adapters.doors import OfferedFile, last_part
from bot.adapters.generic.attachments import Attachments
from bot.adapters.generic.door import called
from bot.services.downloads import FAILED, Address, DownloadFailed, Place, too_large
from bot.services.incoming import Quoted
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat

_MOST = 20 * 1024 * 1024
"""Bytes of a file that a bot may fetch: core.telegram.org/bots/api, getFile."""


class TelegramAttachments(Attachments):
    @override
    def pictures(self, event: Event) -> tuple[Place, ...]:
        return self._photographed(cast("Any", event).get_message())

    @override
    def quoted(self, event: Event, quoted: Quoted) -> Quoted:
        message = cast("Any", event).reply_to_message
        if message is None:
            return quoted
        # Channels and anonymous admins have no sender.
        sender = getattr(message, "from_", None)
        ours = sender is not None and str(sender.id) == self._bot.self_id
        return replace(quoted, ours=ours, pictures=self._photographed(message.get_message()))

    @override
    def file(self, event: Event, member_id: str, chat: Chat) -> OfferedFile | None:
        for segment in cast("Any", event).get_message()["document"]:
            told: dict[str, Any] = segment.data
            return OfferedFile(last_part(told.get("file_name") or ""), member_id, chat, self._place(told), _size(told))
        return None

    def _photographed(self, message: Any) -> tuple[Place, ...]:
        """Photos, and pictures that were sent as files to keep them as they are."""
        return tuple(
            self._place(segment.data)
            for segment in message
            if segment.type == "photo"
            or (segment.type == "document" and str(segment.data.get("mime_type", "")).startswith("image/"))
        )

    def _place(self, told: dict[str, Any]) -> Place:
        return partial(self._address, str(told["file"]), _size(told))

    async def _address(self, file_id: str, size: int) -> Address:
        """Where it lies for an hour at least.

        Raises:
            DownloadFailed: it is too large, or the platform did not say.
        """
        if size > _MOST:
            raise too_large(_MOST)
        try:
            path = (await called(cast("Any", self._bot).get_file(file_id=file_id))).file_path
        except SendFailed as error:
            logger.info("Telegram did not say where a file is: {}", error.code)
            raise DownloadFailed(FAILED) from error
        if not path or path.startswith("/"):
            return Address("")  # a server of one's own in local mode: a path on its disk
        config = cast("Any", self._bot).bot_config
        # Where the platform is reached by a proxy, its files are too.
        proxy = cast("Any", self._bot.adapter).adapter_config.proxy or ""
        return Address(f"{config.api_server}file/bot{config.token}/{quote(path)}", proxy=proxy)


def _size(told: dict[str, Any]) -> int:
    """As our adapter notes it; 0 when it is not known."""
    return int(told.get("file_size") or 0)
