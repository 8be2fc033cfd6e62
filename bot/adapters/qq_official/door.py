"""A bot of QQ's open platform as the plugins see it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from loguru import logger
from nonebot.adapters.qq import (
    ActionFailed,
    ApiNotAvailable,
    AuditException,
    Bot,
    C2CMsgReceiveEvent,
    C2CMsgRejectEvent,
    GroupAddRobotEvent,
    GroupDelRobotEvent,
    GroupMsgReceiveEvent,
    GroupMsgRejectEvent,
    InteractionCreateEvent,
    Message,
)
from nonebot.adapters.qq.event import FriendRobotEvent, GroupRobotEvent, QQMessageEvent
from nonebot.exception import AdapterException

from bot.adapters.doors import Arrival, ChatChange, Choice, Happening, Kind, Numbers
from bot.adapters.parts import cut, shortened
from bot.adapters.qq_official import messages
from bot.adapters.qq_official.waking import wake
from bot.adapters.qq_official.windows import Windows
from bot.services.incoming import Incoming
from bot.services.sending.limits import Limits
from bot.services.sending.links import without_links
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat
from bot.services.sending.rules import judge

_SAME_NUMBER = "40054005"
"""Somebody else has used it: this message did not go out."""
_UNSURE_FROM = 500
"""HTTP status from which nobody knows what became of the message."""
_TRIES = 8
_PART, _MOST_PARTS = 600, 4
"""Characters of a part of what was too long for the platform, which gives no figure; bots report 2,000 bytes
(tencent-connect/openclaw-qqbot#273). A member's message gets no more than a handful of answers."""
_EVENT = re.compile(r"[A-Z][A-Z0-9_]*:")
"""Ids of presses and other events begin with their kind, those of messages do not."""
_CHANGES: dict[type[Any], str] = {
    GroupMsgReceiveEvent: "unasked_allowed",
    C2CMsgReceiveEvent: "unasked_allowed",
    GroupMsgRejectEvent: "unasked_refused",
    C2CMsgRejectEvent: "unasked_refused",
    GroupAddRobotEvent: "joined",
    GroupDelRobotEvent: "left",
}
T = TypeVar("T")


class QqDoor:
    """Answers within the windows that members open by speaking; outside of them asks to speak unasked, and is told
    whether it may. Where buttons are refused, the text goes alone: every question can be answered by a letter."""

    platform = "qq"
    kinds: frozenset[Kind] = frozenset({"picture", "buttons"})

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._windows = Windows()
        self._numbers: Numbers = self._windows.number
        self._links = bool(getattr(bot.config, "qq_links", False))
        self.account = messages.member(bot.self_id)

    async def read(self, event: Any) -> Happening | None:
        arrival: Arrival | None = None
        if isinstance(event, QQMessageEvent):
            arrival = messages.read(self.account, event)
        elif isinstance(event, InteractionCreateEvent):
            arrival = messages.read_press(self.account, event)
        elif isinstance(event, GroupRobotEvent | FriendRobotEvent):
            return self._change(event)
        if arrival is not None:
            said = arrival.incoming
            self._windows.open(said.lane, said.message_id, group=said.group_id is not None)
        return arrival

    async def reply(
        self, incoming: Incoming, text: str, picture: bytes = b"", choices: Sequence[Choice] = ()
    ) -> str | None:
        chat = Chat(self.account, incoming.lane, group=incoming.group_id is not None)
        return await self._say(chat, text, picture, "", choices, incoming.message_id)

    async def say(
        self, chat: Chat, text: str, picture: bytes = b"", *, mention: str = "", choices: Sequence[Choice] = ()
    ) -> str | None:
        return await self._say(chat, text, picture, mention if chat.group else "", choices, "")

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        await self._token()
        text = text if self._links else without_links(text)
        if wakeup and not chat.group:
            return await _called(wake(self._bot, _openid(chat.lane), text)) or ""
        how = _as_answer(reply_to, seq) if reply_to else {}
        return await _called(self._sent(chat, messages.plain(text, picture), how)) or ""

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        return None  # the platform shows a bot nothing of what was said

    async def edit(self, chat: Chat, message_id: str, text: str) -> None:
        raise SendFailed("no_editing")

    async def recall(self, chat: Chat, message_id: str) -> None:
        # It can, but every card that takes the place of another would use up one of five answers.
        if chat.group:
            await _called(self._bot.delete_group_message(group_openid=_openid(chat.lane), message_id=message_id))
        else:
            await _called(self._bot.delete_c2c_message(openid=_openid(chat.lane), message_id=message_id))

    async def hand_over(self, member_id: str, name: str, data: bytes) -> None:
        raise SendFailed("no_files")

    def keep_to(self, limits: Limits, numbers: Numbers) -> None:
        self._windows.limits, self._numbers = limits, numbers

    async def _say(
        self, chat: Chat, text: str, picture: bytes, mention: str, choices: Sequence[Choice], source: str
    ) -> str | None:
        text = text if self._links else without_links(text)
        if choices and not picture and not mention:
            try:
                return await self._send(chat, messages.with_buttons(text, choices), source)
            except SendFailed as error:
                if error.perhaps or judge(self.platform, error).state != "refused":
                    # Not the buttons: another shape of the message would not get through either.
                    raise
                logger.info("buttons were refused ({}), the text goes without", error.code)
        try:
            return await self._send(chat, messages.plain(text, picture, mention), source)
        except SendFailed as error:
            if error.perhaps or judge(self.platform, error).reason != "too_long":
                raise
            logger.info("a text of {} characters was refused, it goes in parts", len(text))
        return await self._in_parts(chat, text, picture, mention, source)

    async def _in_parts(self, chat: Chat, text: str, picture: bytes, mention: str, source: str) -> str | None:
        """Send what is too long for one message in several; the id of the first.

        Raises:
            SendFailed: as :meth:`say`; ``perhaps`` also where a part went out before another was refused.
        """
        said = cut(text, _PART)
        if len(said) > _MOST_PARTS:
            said = [*said[: _MOST_PARTS - 1], shortened("\n".join(said[_MOST_PARTS - 1 :]), _PART)]
        first: str | None = None
        for place, part in enumerate(said):
            last = place == len(said) - 1
            message = messages.plain(part, picture if last else b"", mention if not place else "")
            try:
                sent = await self._send(chat, message, source)
            except SendFailed as error:
                if not place or error.perhaps:
                    raise
                raise SendFailed(error.code, perhaps=True, text="only a part went out") from error
            first = first if place else sent
        return first

    async def _send(self, chat: Chat, message: Message, source: str) -> str | None:
        """Through the first window that takes it. What a window refuses has not gone out, and goes through the
        next; without any, unasked."""
        await self._token()
        for _ in range(_TRIES):
            window = self._windows.best(chat.lane, source)
            if window is None:
                return await _called(self._sent(chat, message, {}))
            number = await self._numbers(chat, window.source)
            if number is None:
                self._windows.close(window)
                continue
            try:
                return await _called(self._sent(chat, message, _as_answer(window.source, number)))
            except SendFailed as error:
                if judge(self.platform, error).window_closed:
                    self._windows.close(window)
                elif error.code != _SAME_NUMBER:
                    raise
        raise SendFailed("window_closed")

    async def _token(self) -> None:
        """
        Raises:
            SendFailed: there is none; nothing is under way yet, so it is certain that nothing was sent.
        """
        try:
            await self._bot.get_access_token()
        except Exception as error:  # the network's, and whatever a strange answer makes of it
            raise SendFailed("offline") from error

    async def _sent(self, chat: Chat, message: Message, how: Mapping[str, Any]) -> str | None:
        openid = _openid(chat.lane)
        send: Callable[..., Awaitable[Any]] = self._bot.send_to_group if chat.group else self._bot.send_to_c2c
        return getattr(await send(openid, message, **how), "id", None)

    def _change(self, event: GroupRobotEvent | FriendRobotEvent) -> ChatChange | None:
        what = _CHANGES.get(type(event))
        if isinstance(event, GroupRobotEvent):
            chat = Chat(self.account, messages.member(event.group_openid), group=True)
        else:
            chat = Chat(self.account, messages.member(event.openid), group=False)
        if what == "joined" and event.event_id:
            self._windows.open(chat.lane, event.event_id, group=chat.group)
        return None if what is None else ChatChange(chat, what)  # pyright: ignore[reportArgumentType]


def _as_answer(source: str, number: int) -> dict[str, Any]:
    return {"event_id" if _EVENT.match(source) else "msg_id": source, "msg_seq": number}


def _openid(known_as: str) -> str:
    platform, _, openid = known_as.partition(":")
    if platform != messages.PLATFORM or not openid:
        raise SendFailed("no_such_chat", text=f"{platform} is another platform")
    return openid


async def _called(call: Awaitable[T]) -> T:
    """
    Raises:
        SendFailed: with the platform's code; ``perhaps`` where it may have gone out all the same.
    """
    try:
        return await call
    except ActionFailed as error:
        code = str(error.code or f"http_{error.status_code}")
        perhaps = error.status_code >= _UNSURE_FROM
        raise SendFailed(code, perhaps=perhaps, text=error.message or "") from error
    except AuditException as error:
        raise SendFailed("audit", perhaps=True) from error
    except ApiNotAvailable as error:
        raise SendFailed("not_available") from error
    except AdapterException as error:  # the network's own, and whatever else the adapter calls by a name
        raise SendFailed("network", perhaps=True) from error
