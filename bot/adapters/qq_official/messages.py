"""Between the messages of QQ's open platform and the bot's own terms."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nonebot.adapters.qq import (
    C2CMessageCreateEvent,
    GroupMessageCreateEvent,
    InteractionCreateEvent,
    Message,
    MessageSegment,
)
from nonebot.adapters.qq.event import QQMessageEvent
from nonebot.adapters.qq.models import (
    Action,
    Button,
    InlineKeyboard,
    InlineKeyboardRow,
    MessageKeyboard,
    Permission,
    RenderData,
)

from bot.adapters.doors import Arrival, Choice, OfferedFile, last_part
from bot.adapters.unused import unused
from bot.services.downloads import Place
from bot.services.incoming import Incoming, Quoted
from bot.services.sending.post import Chat

PLATFORM = "qqbot"
_RUNS_THE_GROUP = ("owner", "admin")
_SAYS_NOTHING = {"text", "emoji", "mention_user", "mention_channel", "mention_everyone"}
_IN_GROUP, _IN_PRIVATE = 1, 2
_CALLS_BACK, _EVERYBODY = 1, 2
_A_ROW = 5
_BETWEEN = "|"
"""Between what a button is about and what it says."""
_MARKS = re.compile(r"([\\`*_~#\[\]<>|])")


def member(openid: str) -> str:
    """``qqbot:A1B2``; groups are written alike. An openid is another one for every bot."""
    return f"{PLATFORM}:{openid}"


def read(account: str, event: QQMessageEvent) -> Arrival | None:
    """*event* without the wrapping of the platform; @ of the bot is already off. ``None`` for another bot's words."""
    message = event.get_message()
    pictures: list[Place] = []
    file = None
    unreadable = 0
    sender, group, name, admin = _sender(event)
    if isinstance(event, GroupMessageCreateEvent) and event.author.bot:
        unused("message_of_a_bot")
        return None
    for segment in message:
        if segment.type == "image":
            pictures.append(str(segment.data.get("url") or ""))
        elif segment.type not in _SAYS_NOTHING:
            unreadable += 1
    for attached in event.attachments or ():
        if file is None and attached.url and attached.content_type.partition("/")[0] == "file":
            chat = Chat(account, group or sender, group=group is not None)
            file = OfferedFile(last_part(attached.filename or ""), sender, chat, attached.url, attached.size or 0)
    incoming = Incoming(
        account=account,
        member_id=sender,
        text=message.extract_plain_text().strip(),
        group_id=group,
        member_name=name,
        message_id=event.id,
        pictures=tuple(pictures),
        unreadable=unreadable,
        quoted=_quoted(event),
    )
    mentioned = tuple(
        member(str(segment.data["user_id"]))
        for segment in message["mention_user"]
        if segment.data.get("user_id") and not segment.data.get("is_bot")
    )
    return Arrival(incoming, to_me=event.to_me, by_group_admin=admin, mentioned=mentioned, file=file)


def read_press(account: str, event: InteractionCreateEvent) -> Arrival | None:
    """A press of one of our buttons; its ``message_id`` is the event's, for answers to it."""
    about, between, says = (event.data.resolved.button_data or "").rpartition(_BETWEEN)
    if event.chat_type == _IN_GROUP and event.group_openid and event.group_member_openid:
        who, group = event.group_member_openid, member(event.group_openid)
    elif event.chat_type == _IN_PRIVATE and event.user_openid:
        who, group = event.user_openid, None
    else:
        unused("press_by_nobody")
        return None
    if not between or not says:
        unused("press_of_another_button")
        return None
    incoming = Incoming(
        account=account, member_id=member(who), text=says, group_id=group, message_id=event.event_id or event.id
    )
    return Arrival(incoming, to_me=True, pressed=about)


def plain(text: str, picture: bytes = b"", mention: str = "") -> Message:
    """*text*, and a *picture* below it."""
    message = Message()
    if mention:
        message += MessageSegment.mention_user(mention.partition(":")[2])
    message += MessageSegment.text(f" {text}" if mention else text)
    if picture:
        message += MessageSegment.file_image(picture)
    return message


def with_buttons(text: str, choices: Sequence[Choice]) -> Message:
    """*text* with *choices* under it, which everybody may press."""
    buttons = [_button(number, choice) for number, choice in enumerate(choices)]
    rows = [InlineKeyboardRow(buttons=buttons[at : at + _A_ROW]) for at in range(0, len(buttons), _A_ROW)]
    keyboard = MessageSegment.keyboard(MessageKeyboard(content=InlineKeyboard(rows=rows)))
    return Message(MessageSegment.markdown(_MARKS.sub(r"\\\1", text))) + keyboard


def _button(number: int, choice: Choice) -> Button:
    return Button(
        id=str(number),
        render_data=RenderData(label=choice.label, visited_label=choice.label, style=1),
        action=Action(
            type=_CALLS_BACK,
            permission=Permission(type=_EVERYBODY),
            data=f"{choice.about}{_BETWEEN}{choice.says}",
            unsupport_tips=f"这个版本的 QQ 按不了，直接发 {choice.says} 就行。",
        ),
    )


def _sender(event: QQMessageEvent) -> tuple[str, str | None, str, bool]:
    """Who, in which group, under which name, and whether it runs the group."""
    if isinstance(event, GroupMessageCreateEvent):
        author = event.author
        runs = author.member_role in _RUNS_THE_GROUP
        return member(author.member_openid), member(event.group_openid), author.username or "", runs
    assert isinstance(event, C2CMessageCreateEvent)
    return member(event.author.user_openid), None, event.author.username or "", False


def _quoted(event: QQMessageEvent) -> Quoted | None:
    quoted, message = event.reply, event.get_reply_message()
    if quoted is None or message is None:
        return None
    pictures = tuple(str(segment.data["url"]) for segment in message["image"] if segment.data.get("url"))
    ours = quoted.author is not None and quoted.author.bot
    return Quoted(quoted.msg_idx or "", ours, message.extract_plain_text().strip(), pictures)
