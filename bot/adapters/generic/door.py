"""An account of any platform that NoneBot's universal messages know, as the plugins see it."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from loguru import logger
from nonebot.adapters import Bot, Event
from nonebot.exception import ActionFailed, ApiNotAvailable, NetworkError
from nonebot_plugin_alconna.uniseg import File, Receipt, SerializeFailed, Target
from nonebot_plugin_alconna.uniseg.adapters import alter_get_exporter
from nonebot_plugin_alconna.uniseg.exporter import MessageExporter

from bot.adapters import parts
from bot.adapters.doors import Arrival, Choice, Happening, Kind, Numbers
from bot.adapters.generic import limits, messages
from bot.adapters.generic.attachments import Attachments
from bot.adapters.generic.people import People
from bot.adapters.generic.sent import Sent
from bot.services.incoming import Incoming
from bot.services.sending.limits import Limits
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat

_UNSURE_FROM = 500
"""HTTP status from which nobody knows what became of a message."""
T = TypeVar("T")


class GenericDoor:
    """What an id says is enough to send: ``telegram:-100123`` is the chat of that number."""

    def __init__(self, bot: Bot, attachments: Attachments | None = None) -> None:
        self._bot = bot
        self._attachments = attachments or Attachments(bot)
        adapter = bot.adapter.get_name()
        self.platform = adapter.lower()
        # A Satori server speaks for many platforms, whose ids may be alike.
        behind = str(cast("Any", bot).platform) if adapter == "Satori" else ""
        self._prefix = f"{self.platform}.{behind}" if behind else self.platform
        self._limits = limits.of(behind or adapter)
        self.account = f"{self._prefix}:{bot.self_id}"
        self.kinds = _kinds(adapter)
        self._people = People(bot)
        self._sent = Sent()

    async def read(self, event: Any) -> Happening | None:
        if not isinstance(event, Event) or event.get_type() != "message":
            return None
        arrival = await messages.read(self._prefix, self.account, self._bot, event, self._people, self._attachments)
        return None if arrival is None else self._quoting_the_first(arrival)

    async def reply(
        self, incoming: Incoming, text: str, picture: bytes = b"", choices: Sequence[Choice] = ()
    ) -> str | None:
        chat = Chat(self.account, incoming.lane, group=incoming.group_id is not None)
        quote = incoming.message_id if chat.group else ""
        return await self._send(chat, text, picture, quote=quote)

    async def say(
        self, chat: Chat, text: str, picture: bytes = b"", *, mention: str = "", choices: Sequence[Choice] = ()
    ) -> str | None:
        who = self._bare(mention) if mention and chat.group else ""
        return await self._send(chat, text, picture, mention=who)

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        return await self._send(chat, text, picture, quote=reply_to) or ""

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        return None

    async def edit(self, chat: Chat, message_id: str, text: str) -> None:
        first, *others = self._receipts(message_id)
        await called(first.edit(parts.shortened(text, self._limits.text)))
        if others:
            # The new text stands in the place of them all.
            self._sent.keep([first])
            try:
                await self._take_back(others)
            except SendFailed as error:
                logger.info("later parts of an edited message still stand: {}", error.code)

    async def recall(self, chat: Chat, message_id: str) -> None:
        await self._take_back(self._receipts(message_id))
        self._sent.forget(message_id)

    async def hand_over(self, member_id: str, name: str, data: bytes) -> None:
        if "file" not in self.kinds:
            raise SendFailed("no_files")
        to = Target(self._bare(member_id), private=True, self_id=self._bot.self_id)
        message = cast("Any", messages.document(name, data))
        # Without the fallback, which is the name of the file as text.
        await called(message.send(target=to, bot=self._bot, fallback=False))

    def keep_to(self, limits: Limits, numbers: Numbers) -> None:
        """None of these platforms closes or numbers answers."""

    async def _send(self, chat: Chat, text: str, picture: bytes, *, quote: str = "", mention: str = "") -> str | None:
        """Send in as many messages as it takes; the id of the first, which stands for all of them.

        Raises:
            SendFailed: ``perhaps`` also where a part went out before another was refused: it is not sent again.
        """
        to = Target(self._bare(chat.lane), private=not chat.group, self_id=self._bot.self_id)
        receipts: list[Receipt] = []
        for message in messages.written(text, picture, self._limits, quote=quote, mention=mention):
            try:
                receipts.append(await called(cast("Any", message).send(target=to, bot=self._bot)))
            except SendFailed as error:
                if not receipts or error.perhaps:
                    raise
                raise SendFailed(error.code, perhaps=True, text="only a part went out") from error
        return self._sent.keep(receipts)

    async def _take_back(self, receipts: Sequence[Receipt]) -> None:
        for receipt in receipts:
            await called(receipt.recall())

    def _receipts(self, message_id: str) -> Sequence[Receipt]:
        """
        Raises:
            SendFailed: the message was sent long ago, or by another process.
        """
        try:
            return self._sent.find(message_id)
        except KeyError:
            raise SendFailed("unknown_message") from None

    def _quoting_the_first(self, arrival: Arrival) -> Arrival:
        """*arrival*; where it quotes a later part of something, it quotes what that is known by."""
        quoted = arrival.incoming.quoted
        if quoted is None:
            return arrival
        quoted = replace(quoted, message_id=self._sent.first(quoted.message_id))
        return replace(arrival, incoming=replace(arrival.incoming, quoted=quoted))

    def _bare(self, known_as: str) -> str:
        platform, _, bare = known_as.partition(":")
        if platform != self._prefix or not bare:
            raise SendFailed("no_such_chat", text=f"{platform} is another platform")
        return bare


def _kinds(adapter: str) -> frozenset[Kind]:
    exporter = cast("Any", alter_get_exporter(adapter))
    made, plain = cast("Any", type(exporter)), cast("Any", MessageExporter)
    able: set[Kind] = {"picture"}
    if made.edit is not plain.edit:
        able.add("edit")
    if made.recall is not plain.recall:
        able.add("recall")
    if File in exporter._mapping:  # what it can make of each segment; there is no other way to ask
        able.add("file")
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
        # The platform has no such call, or uniseg no such words for it: nothing was sent.
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
