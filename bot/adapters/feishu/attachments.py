"""Pictures and files that members send on Feishu, fetched with the app's token.

open.feishu.cn, im-v1/message-resource/get: ``image`` for pictures, those in rich text too, ``file`` for files; up to
100 MB, not from forwarded bundles and cards. The bot must be in the chat.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Literal, cast

from loguru import logger
from nonebot.adapters import Event
from nonebot.adapters.feishu import Adapter, Bot
from nonebot.adapters.feishu.event import MessageEvent
from typing_extensions import override

from bot.adapters.doors import OfferedFile, last_part
from bot.adapters.feishu import contents
from bot.adapters.generic.attachments import Attachments
from bot.adapters.generic.door import called
from bot.services.downloads import FAILED, Address, DownloadFailed, Place
from bot.services.incoming import Quoted
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat

_KEY = re.compile(r"[\w-]{1,200}", re.ASCII)
"""What is put into an address: members choose what stands in rich text."""


class FeishuAttachments(Attachments):
    @override
    def pictures(self, event: Event) -> tuple[Place, ...]:
        said = cast("MessageEvent", event)
        return tuple(
            self._place(said.message_id, one.data["image_key"], "image") for one in said.get_message()["image"]
        )

    @override
    def quoted(self, event: Event, quoted: Quoted) -> Quoted:
        message = cast("MessageEvent", event).reply
        if message is None:
            return quoted
        text, keys = contents.read_quoted(message.msg_type, message.body.content)
        ours = (message.sender.id_type, message.sender.id) == ("app_id", self._bot.self_id)
        pictures = tuple(self._place(message.message_id, key, "image") for key in keys)
        return replace(quoted, ours=ours, text=text, pictures=pictures)

    @override
    def file(self, event: Event, member_id: str, chat: Chat) -> OfferedFile | None:
        said = cast("MessageEvent", event)
        for segment in said.get_message()["file"]:
            told = segment.data
            place = self._place(said.message_id, told["file_key"], "file")
            return OfferedFile(last_part(told.get("file_name") or ""), member_id, chat, place)
        return None

    def _place(self, message_id: str, key: str, kind: Literal["image", "file"]) -> Place:
        return partial(self._address, message_id, key, kind)

    async def _address(self, message_id: str, key: str, kind: Literal["image", "file"]) -> Address:
        """
        Raises:
            DownloadFailed: there is no token to be had.
        """
        if not (_KEY.fullmatch(message_id) and _KEY.fullmatch(key)):
            return Address("")
        bot = cast("Bot", self._bot)
        adapter = cast("Adapter", bot.adapter)
        try:
            token = await called(adapter.get_tenant_access_token(bot.bot_config))
        except SendFailed as error:
            logger.info("Feishu gave no token to fetch a file with: {}", error.code)
            raise DownloadFailed(FAILED) from error
        url = adapter.get_api_url(bot.bot_config, f"im/v1/messages/{message_id}/resources/{key}")
        return Address(str(url.with_query(type=kind)), {"Authorization": f"Bearer {token}"})
