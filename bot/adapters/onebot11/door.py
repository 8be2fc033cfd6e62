"""A OneBot v11 account as the plugins see it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from nonebot.adapters.onebot.v11 import Bot, MessageEvent, NoticeEvent
from nonebot.adapters.onebot.v11.exception import ActionFailed, ApiNotAvailable, NetworkError

from bot.adapters.doors import Choice, Happening, Kind, Numbers
from bot.adapters.onebot11 import forwarding, ids, messages
from bot.adapters.onebot11.changes import change
from bot.adapters.onebot11.files import Kept, file_told_of
from bot.adapters.onebot11.history import stands
from bot.adapters.onebot11.reactions import thumb
from bot.adapters.unused import unused
from bot.services.downloads import Address
from bot.services.incoming import Incoming
from bot.services.sending.limits import Limits
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat
from bot.services.sending.rules.onebot11 import judge

_UPLOAD_S = 120
"""The platform passes a file on before it answers."""


class OneBotDoor:
    """Buttons are no part of OneBot v11: choices are left out of what is sent."""

    platform = "onebot11"
    kinds: frozenset[Kind] = frozenset({"picture", "recall", "file"})

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.account = ids.member(bot.self_id)

    async def read(self, event: Any) -> Happening | None:
        if isinstance(event, MessageEvent):
            if event.user_id == event.self_id:
                unused("own_message")
                return None
            return messages.read(self.account, event, self._ask)
        if not isinstance(event, NoticeEvent):
            return None
        if (reaction := thumb(event)) is not None:
            return None if reaction.member_id == self.account else reaction
        return file_told_of(self.account, event, self._ask) or change(self.account, event)

    async def reply(
        self, incoming: Incoming, text: str, picture: bytes = b"", choices: Sequence[Choice] = ()
    ) -> str | None:
        if incoming.group_id is not None and len(text) > forwarding.LONG and not picture:
            try:
                return await self._forward(incoming.group_id, text)
            except SendFailed as error:
                if judge(error).state == "perhaps":
                    raise
        message = messages.content(text, picture)
        if incoming.group_id is not None and incoming.message_id:
            # Everyone sees what is answered.
            message.insert(0, {"type": "reply", "data": {"id": incoming.message_id}})
        return await self._send(incoming.lane, incoming.group_id is not None, message)

    async def say(
        self, chat: Chat, text: str, picture: bytes = b"", *, mention: str = "", choices: Sequence[Choice] = ()
    ) -> str | None:
        if mention and chat.group:
            at = {"type": "at", "data": {"qq": str(_number(mention))}}
            return await self._send(chat.lane, chat.group, [at, *messages.content(f" {text}", picture)])
        return await self._send(chat.lane, chat.group, messages.content(text, picture))

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        message = messages.content(text, picture)
        if reply_to:
            message.insert(0, {"type": "reply", "data": {"id": reply_to}})
        return await self._send(chat.lane, chat.group, message) or ""

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        try:
            return await stands(self._bot, self.account, chat, text, since)
        except ValueError:
            return None  # a chat of another platform

    async def edit(self, chat: Chat, message_id: str, text: str) -> None:
        raise SendFailed("no_editing")

    async def recall(self, chat: Chat, message_id: str) -> None:
        # Implementations disagree whether ids are numbers; they are in the standard.
        number = int(message_id) if message_id.lstrip("-").isdigit() else message_id
        await self._call("delete_msg", message_id=number)

    async def hand_over(self, member_id: str, name: str, data: bytes) -> None:
        """The bytes travel along: bot and platform need not share a disk. NapCat refuses who is no friend, Lagrange
        everybody: it takes only paths of its own machine."""
        file = f"base64://{base64.b64encode(data).decode()}"
        await self._call("upload_private_file", user_id=_number(member_id), file=file, name=name, _timeout=_UPLOAD_S)

    def keep_to(self, limits: Limits, numbers: Numbers) -> None:
        """OneBot v11 closes and numbers nothing."""

    async def _ask(self, kept: Kept) -> Address:
        if kept.group_id is not None:
            asked: dict[str, Any] = {"group_id": kept.group_id, "file_id": kept.file_id, "busid": kept.busid}
            action = "get_group_file_url"
        else:
            asked, action = {"user_id": kept.user_id, "file_id": kept.file_id}, "get_private_file_url"
        try:
            found = await self._call(action, **asked)
        except SendFailed:
            return Address("")
        return Address(str(found.get("url") or ""))

    async def _forward(self, group_id: str, text: str) -> str | None:
        """Send *text* folded; not every implementation can, and QQ refuses it in some groups."""
        messages = forwarding.nodes(self.account, text)
        sent = await self._call("send_group_forward_msg", group_id=_number(group_id), messages=messages)
        return None if sent.get("message_id") is None else str(sent["message_id"])

    async def _send(self, lane: str, group: bool, message: list[dict[str, Any]]) -> str | None:
        to: dict[str, Any] = (
            {"message_type": "group", "group_id": _number(lane)}
            if group
            else {"message_type": "private", "user_id": _number(lane)}
        )
        sent = (await self._call("send_msg", **to, message=message)).get("message_id")
        return None if sent is None else str(sent)

    async def _call(self, action: str, **parameters: Any) -> dict[str, Any]:
        try:
            result: Any = await self._bot.call_api(action, **parameters)
        except ActionFailed as error:
            told = cast("dict[str, Any]", error.info)  # pyright: ignore[reportUnknownMemberType] - untyped there
            words = told.get("wording") or told.get("message") or told.get("msg") or ""
            raise SendFailed(str(told.get("retcode", "refused")), text=str(words)) from error
        except NetworkError as error:
            raise SendFailed("network", perhaps=True) from error
        except ApiNotAvailable as error:
            raise SendFailed("offline") from error
        return cast("dict[str, Any]", result) if isinstance(result, dict) else {}


def _number(known_as: str) -> int:
    try:
        return ids.number(known_as)
    except ValueError as error:
        raise SendFailed("no_such_chat", text=str(error)) from error
