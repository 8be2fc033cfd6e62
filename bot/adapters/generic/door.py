"""An account of any platform that NoneBot's universal messages know, as the plugins see it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from loguru import logger
from nonebot.adapters import Bot, Event
from nonebot.exception import ActionFailed, ApiNotAvailable, NetworkError
from nonebot_plugin_alconna.uniseg import Receipt, SerializeFailed, Target
from nonebot_plugin_alconna.uniseg.adapters import alter_get_exporter
from nonebot_plugin_alconna.uniseg.exporter import MessageExporter

from bot.adapters.doors import Choice, Happening, Kind, Numbers, OfferedFile
from bot.adapters.generic import messages
from bot.adapters.generic.people import People
from bot.services.incoming import Incoming
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat

_KEPT = 256
_UNSURE_FROM = 500
"""HTTP status from which nobody knows what became of a message."""
T = TypeVar("T")


class GenericDoor:
    """What an id says is enough to send: ``telegram:-100123`` is the chat of that number."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        adapter = bot.adapter.get_name()
        self.platform = adapter.lower()
        # A Satori server speaks for many platforms, whose ids may be alike.
        self._prefix = f"{self.platform}.{cast('Any', bot).platform}" if adapter == "Satori" else self.platform
        self.account = f"{self._prefix}:{bot.self_id}"
        self.kinds = _kinds(adapter)
        self._people = People(bot)
        self._sent: OrderedDict[str, Receipt] = OrderedDict()
        """What may still be edited or taken back."""

    async def read(self, event: Any) -> Happening | None:
        if not isinstance(event, Event) or event.get_type() != "message":
            return None
        return await messages.read(self._prefix, self.account, self._bot, event, self._people)

    async def reply(
        self, incoming: Incoming, text: str, picture: bytes = b"", choices: Sequence[Choice] = ()
    ) -> str | None:
        chat = Chat(self.account, incoming.lane, group=incoming.group_id is not None)
        quote = incoming.message_id if chat.group else ""
        return await self._send(chat, messages.written(text, picture, quote=quote))

    async def say(
        self, chat: Chat, text: str, picture: bytes = b"", *, mention: str = "", choices: Sequence[Choice] = ()
    ) -> str | None:
        who = self._bare(mention) if mention and chat.group else ""
        return await self._send(chat, messages.written(text, picture, mention=who))

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        return await self._send(chat, messages.written(text, picture, quote=reply_to)) or ""

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        return None

    async def edit(self, chat: Chat, message_id: str, text: str) -> None:
        await called(self._receipt(message_id).edit(text))

    async def recall(self, chat: Chat, message_id: str) -> None:
        await called(self._receipt(message_id).recall())
        self._sent.pop(message_id, None)

    async def hand_over(self, member_id: str, name: str, data: bytes) -> None:
        raise SendFailed("no_files")

    async def file_url(self, file: OfferedFile) -> str:
        return ""

    def number_by(self, numbers: Numbers) -> None:
        """None of these platforms numbers answers."""

    async def _send(self, chat: Chat, message: messages.Universal) -> str | None:
        to = Target(self._bare(chat.lane), private=not chat.group, self_id=self._bot.self_id)
        receipt: Receipt = await called(cast("Any", message).send(target=to, bot=self._bot))
        sent = receipt.get_reply(0) if receipt.msg_ids else None
        if sent is None:
            return None
        self._sent[sent.id] = receipt
        if len(self._sent) > _KEPT:
            self._sent.popitem(last=False)
        return sent.id

    def _receipt(self, message_id: str) -> Receipt:
        """
        Raises:
            SendFailed: the message was sent long ago, or by another process.
        """
        try:
            return self._sent[message_id]
        except KeyError:
            raise SendFailed("unknown_message") from None

    def _bare(self, known_as: str) -> str:
        platform, _, bare = known_as.partition(":")
        if platform != self._prefix or not bare:
            raise SendFailed("no_such_chat", text=f"{platform} is another platform")
        return bare


def _kinds(adapter: str) -> frozenset[Kind]:
    exporter, plain = cast("Any", alter_get_exporter(adapter)).__class__, cast("Any", MessageExporter)
    able: set[Kind] = {"picture"}
    if exporter.edit is not plain.edit:
        able.add("edit")
    if exporter.recall is not plain.recall:
        able.add("recall")
    return frozenset(able)


async def called(call: Awaitable[T]) -> T:
    """
    Raises:
        SendFailed: ``perhaps`` unless it is certain that nothing went out.
    """
    try:
        return await call
    except NetworkError as error:
        raise SendFailed("network", perhaps=True) from error
    except ActionFailed as error:
        status = _status(error)
        raise SendFailed(f"http_{status}" if status else "refused", perhaps=status >= _UNSURE_FROM) from error
    except (ApiNotAvailable, SerializeFailed, NotImplementedError) as error:
        raise SendFailed("not_available") from error
    except Exception as error:
        logger.opt(exception=error).error("a platform's adapter broke while it sent")
        raise SendFailed("broken", perhaps=True) from error


def _status(error: ActionFailed) -> int:
    """The HTTP status, where the adapter tells it; 0 otherwise."""
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int):
            return status
    return 0
