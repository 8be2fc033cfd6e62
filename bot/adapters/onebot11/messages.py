"""Between OneBot v11 messages and the bot's own terms."""

from __future__ import annotations

import base64
from typing import Any

from nonebot.adapters.onebot.v11 import GroupMessageEvent, MessageEvent

from bot.adapters.doors import Arrival
from bot.adapters.onebot11.files import Ask, file_in
from bot.adapters.onebot11.ids import member
from bot.adapters.onebot11.payload import ORIGINAL_ID
from bot.services.downloads import Place
from bot.services.incoming import Incoming, Quoted

_SAYS_NOTHING = {"text", "at", "face", "mface", "reply", "poke", "dice", "rps", "shake"}
_STICKER = "1"
_RUNS_THE_GROUP = ("owner", "admin")


def read(account: str, event: MessageEvent, ask: Ask) -> Arrival:
    """*event* without the wrapping of the platform; @ of the bot and its nickname are already off."""
    pictures: list[Place] = []
    mentioned: list[str] = []
    unreadable = 0
    file = None
    for segment in event.message:
        if segment.type == "image":
            # NapCat and Lagrange mark stickers as pictures of sub type 1.
            if str(segment.data.get("sub_type", segment.data.get("subType", ""))) != _STICKER:
                pictures.append(_address(segment.data))
        elif segment.type == "at":
            # "all" is nobody in particular.
            if (who := str(segment.data.get("qq", ""))).isdecimal() and who != str(event.self_id):
                mentioned.append(member(who))
        elif segment.type not in _SAYS_NOTHING:
            unreadable += 1
            if segment.type == "file" and file is None:
                file = file_in(account, event, segment.data, ask)
    in_group = isinstance(event, GroupMessageEvent)
    incoming = Incoming(
        account=account,
        member_id=member(event.user_id),
        text=event.message.extract_plain_text().strip(),
        group_id=member(event.group_id) if in_group else None,
        member_name=event.sender.card or event.sender.nickname or "",
        message_id=str(event.message_id) if event.message_id else str(getattr(event, ORIGINAL_ID, "") or ""),
        pictures=tuple(pictures),
        unreadable=unreadable,
        quoted=_quoted(event),
    )
    return Arrival(
        incoming,
        to_me=event.to_me,
        sent_at=event.time,
        by_group_admin=in_group and event.sender.role in _RUNS_THE_GROUP,
        mentioned=tuple(mentioned),
        file=file,
    )


def content(text: str, picture: bytes) -> list[dict[str, Any]]:
    """*text*, and a *picture* below it. The text travels as a segment: CQ codes in it stay letters."""
    message: list[dict[str, Any]] = [{"type": "text", "data": {"text": text}}]
    if picture:
        encoded = base64.b64encode(picture).decode()
        message.append({"type": "image", "data": {"file": f"base64://{encoded}"}})
    return message


def _address(data: dict[str, Any]) -> str:
    """Where a picture can be fetched: its url, or a ``base64://`` file as some implementations send."""
    for key in ("url", "file"):
        value = str(data.get(key) or "")
        if value.startswith(("http://", "https://", "base64://")):
            return value
    return ""


def _quoted(event: MessageEvent) -> Quoted | None:
    if event.reply is not None:
        ours = str(event.reply.sender.user_id) == str(event.self_id)
        message = event.reply.message
        pictures = tuple(_address(segment.data) for segment in message if segment.type == "image")
        return Quoted(str(event.reply.message_id), ours, message.extract_plain_text().strip(), pictures)
    # The implementation could not fetch the quoted message: its id is all there is.
    ids = [segment.data.get("id") for segment in event.message if segment.type == "reply"]
    return Quoted(str(ids[0]), ours=False) if ids and ids[0] else None
