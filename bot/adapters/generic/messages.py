"""Between universal messages and the bot's own terms."""

from __future__ import annotations

import mimetypes
from typing import Any, cast

from nonebot.adapters import Bot, Event, Message
from nonebot_plugin_alconna.uniseg import At, Emoji, File, Image, Reply, Text, UniMessage, get_message_id, get_target

from bot.adapters import parts
from bot.adapters.doors import Arrival
from bot.adapters.generic.attachments import Attachments
from bot.adapters.generic.limits import Limits
from bot.adapters.generic.people import People
from bot.adapters.unused import unused
from bot.services.incoming import Incoming, Quoted
from bot.services.sending.post import Chat

Universal = UniMessage[Any]
_READ = (Text, At, Emoji, Reply, Image)
_MENTION = 64
"""Room for an @, which platforms write in their own way."""


async def read(
    prefix: str, account: str, bot: Bot, event: Event, people: People, attachments: Attachments
) -> Arrival | None:
    """*event* without the wrapping of its platform; ``None`` for the bot's own words and for what nobody can answer."""
    who = event.get_user_id()
    if who == bot.self_id:
        unused("own_message")
        return None
    try:
        target = get_target(event, bot)
    except NotImplementedError:
        # How uniseg says that nothing can be sent to where this came from.
        unused("no_way_back", event.get_event_name())
        return None
    message: Universal = cast("Any", UniMessage).of(cast("Any", event).get_message(), bot)
    await message.attach_reply(event, bot)
    quoted = _quoted(message, attachments)
    sender = await people.sender(event, target.id)
    incoming = Incoming(
        account=account,
        member_id=f"{prefix}:{who}",
        text=message.extract_plain_text().strip(),
        group_id=None if target.private else f"{prefix}:{target.id}",
        member_name=sender.name,
        message_id=get_message_id(event, bot),
        pictures=attachments.pictures(event),
        unreadable=sum(not isinstance(one, _READ) for one in cast("list[Any]", message)),
        quoted=None if quoted is None else attachments.quoted(event, quoted),
    )
    chat = Chat(account, incoming.lane, group=incoming.group_id is not None)
    return Arrival(
        incoming,
        to_me=target.private or event.is_tome(),
        by_group_admin=not target.private and sender.runs_the_group,
        mentioned=tuple(
            f"{prefix}:{one.target}" for one in message[At] if one.flag == "user" and one.target != bot.self_id
        ),
        file=attachments.file(event, incoming.member_id, chat),
    )


def written(text: str, picture: bytes, limits: Limits, *, mention: str = "", quote: str = "") -> list[Universal]:
    """*text*, and a *picture* below it, in as many messages as *limits* make of it, in order.

    The first one quotes and mentions. The picture goes with the last one, or alone where that is too long a caption.
    """
    said = parts.cut(text, limits.text - _MENTION if mention else limits.text)
    if picture and parts.width(said[-1]) > limits.caption - (_MENTION if mention else 0):
        said.append("")
    messages: list[Universal] = [_text(one) for one in said]
    if mention:
        messages[0] = UniMessage([At("user", mention), Text(" ")]) + messages[0]
    if quote:
        messages[0] = UniMessage([Reply(quote)]) + messages[0]
    if picture:
        messages[-1] += Image(raw=picture, mimetype="image/png", name="picture.png")
    return messages


def document(name: str, data: bytes) -> Universal:
    """A file that is called *name*."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return UniMessage(File(raw=data, mimetype=kind, name=name))


def _text(text: str) -> Universal:
    return UniMessage(Text(text)) if text else UniMessage()


def _quoted(message: Universal, attachments: Attachments) -> Quoted | None:
    replies = message[Reply]
    if not replies:
        return None
    reply = replies[0]
    said = cast("Any", reply).msg
    text: str = said.extract_plain_text() if hasattr(said, "extract_plain_text") else said or ""
    pictures = attachments.shown(cast("Any", said)) if isinstance(said, Message) else ()
    # Whose words they are no universal message tells.
    # Discord's ids are numbers here, and text wherever else they stand.
    return Quoted(str(reply.id), ours=False, text=text.strip(), pictures=pictures)
