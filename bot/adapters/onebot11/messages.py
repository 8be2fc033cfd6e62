"""Between OneBot v11 messages and the bot's own terms."""

from __future__ import annotations

import base64
from typing import Any

from nonebot.adapters.onebot.v11 import Bot, GroupMessageEvent, MessageEvent

from bot.adapters.onebot11.payload import ORIGINAL_ID
from bot.services.incoming import Incoming, Quoted

_PLATFORM = "qq"
_SAYS_NOTHING = {"text", "at", "face", "mface", "reply", "poke", "dice", "rps", "shake"}
_STICKER = "1"


def account(bot: Bot) -> str:
    return f"{_PLATFORM}:{bot.self_id}"


def member(user_id: int) -> str:
    return f"{_PLATFORM}:{user_id}"


def lane(user_id: int, group_id: int | None) -> str:
    """As :attr:`Incoming.lane`: the group, or the person in private."""
    return f"{_PLATFORM}:{user_id if group_id is None else group_id}"


def read(bot: Bot, event: MessageEvent) -> Incoming:
    """*event* without the wrapping of the platform; @ and the bot's nickname are already off."""
    pictures: list[str] = []
    unreadable = 0
    for segment in event.message:
        if segment.type == "image":
            # NapCat and Lagrange mark stickers as pictures of sub type 1.
            if str(segment.data.get("sub_type", segment.data.get("subType", ""))) != _STICKER:
                pictures.append(_address(segment.data))
        elif segment.type not in _SAYS_NOTHING:
            unreadable += 1
    return Incoming(
        account=account(bot),
        member_id=member(event.user_id),
        text=event.message.extract_plain_text().strip(),
        group_id=f"{_PLATFORM}:{event.group_id}" if isinstance(event, GroupMessageEvent) else None,
        member_name=event.sender.card or event.sender.nickname or "",
        message_id=_message_id(event),
        pictures=tuple(pictures),
        unreadable=unreadable,
        quoted=_quoted(event),
    )


async def reply(bot: Bot, event: MessageEvent, text: str, picture: bytes = b"") -> str | None:
    """Send *text*, and a *picture* below it, as a reply to *event*; the platform's id, ``None`` when it gave none.

    In a group the question is quoted, so that everyone sees what is answered.
    The text travels as a segment: CQ codes in it stay letters.

    Raises:
        ActionFailed, NetworkError: it was refused, or nobody knows whether it went out.
    """
    message = _content(text, picture)
    if isinstance(event, GroupMessageEvent):
        if quoted := _message_id(event):
            message.insert(0, {"type": "reply", "data": {"id": quoted}})
        to: dict[str, Any] = {"message_type": "group", "group_id": event.group_id}
    else:
        to = {"message_type": "private", "user_id": event.user_id}
    return await _send(bot, to, message)


async def say(
    bot: Bot, text: str, *, user_id: int, group_id: int | None, mention: bool = False, picture: bytes = b""
) -> str | None:
    """Send *text*, and a *picture* below it, where no message can be quoted; its id as :func:`reply` gives it.

    With *mention* the member is addressed in the group.

    Raises:
        ActionFailed, NetworkError: see :func:`reply`.
    """
    to: dict[str, Any] = (
        {"message_type": "private", "user_id": user_id}
        if group_id is None
        else {"message_type": "group", "group_id": group_id}
    )
    if mention and group_id is not None:
        return await _send(bot, to, [{"type": "at", "data": {"qq": str(user_id)}}, *_content(f" {text}", picture)])
    return await _send(bot, to, _content(text, picture))


def _content(text: str, picture: bytes) -> list[dict[str, Any]]:
    message: list[dict[str, Any]] = [{"type": "text", "data": {"text": text}}]
    if picture:
        encoded = base64.b64encode(picture).decode()
        message.append({"type": "image", "data": {"file": f"base64://{encoded}"}})
    return message


async def _send(bot: Bot, to: dict[str, Any], message: list[dict[str, Any]]) -> str | None:
    result: dict[str, Any] | None = await bot.call_api("send_msg", **to, message=message)
    sent = result.get("message_id") if result else None
    return None if sent is None else str(sent)


def _address(data: dict[str, Any]) -> str:
    """Where a picture can be fetched: its url, or a ``base64://`` file as some implementations send."""
    for key in ("url", "file"):
        value = str(data.get(key) or "")
        if value.startswith(("http://", "https://", "base64://")):
            return value
    return ""


def _message_id(event: MessageEvent) -> str:
    return str(event.message_id) if event.message_id else str(getattr(event, ORIGINAL_ID, "") or "")


def _quoted(event: MessageEvent) -> Quoted | None:
    if event.reply is not None:
        ours = str(event.reply.sender.user_id) == str(event.self_id)
        message = event.reply.message
        pictures = tuple(_address(segment.data) for segment in message if segment.type == "image")
        return Quoted(str(event.reply.message_id), ours, message.extract_plain_text().strip(), pictures)
    # The implementation could not fetch the quoted message: its id is all there is.
    ids = [segment.data.get("id") for segment in event.message if segment.type == "reply"]
    return Quoted(str(ids[0]), ours=False) if ids and ids[0] else None
