"""Connects the send planner with whoever is connected, and tells it what platforms tell."""

from __future__ import annotations

from nonebot import get_driver
from nonebot.adapters import Bot
from nonebot.plugin import PluginMetadata

from bot.adapters.doors import ChatChange, Door
from bot.adapters.platforms import TESTED
from bot.plugins.core.accounts import door_of
from bot.plugins.core.routing import Action, Heard, listen, route
from bot.plugins.core.schedule import tell_superusers
from bot.runtime import services

__plugin_meta__ = PluginMetadata(
    name="发送",
    description="各平台允许主动发什么、发多快",
    usage="推送靠它，没有命令",
    type="library",
    supported_adapters=TESTED,
)

driver = get_driver()


@driver.on_startup
async def _start() -> None:
    services().pushing.sending.alarm = tell_superusers


@driver.on_bot_connect
async def _opened(bot: Bot) -> None:
    if (door := door_of(bot)) is not None:
        sending = services().pushing.sending
        sending.opened(door.account, door)
        # Answers to members and what goes out unasked must not share a number.
        door.keep_to(sending.limits_of(door.platform), sending.reply_seq)


@driver.on_bot_disconnect
async def _closed(bot: Bot) -> None:
    if (door := door_of(bot)) is not None:
        services().pushing.sending.closed(door.account)


# Before whoever takes the message: what waits for the chat to speak may go out with it.
@route(0)
async def overhear(heard: Heard) -> Action | None:
    await services().pushing.sending.heard(heard.incoming)
    return None


@listen(ChatChange)
async def changed(_door: Door, change: ChatChange) -> None:
    sending = services().pushing.sending
    match change.what:
        case "muted" if change.until is not None:
            await sending.muted(change.chat, change.until)
        case "unmuted":
            await sending.muted(change.chat, None)
        case "unasked_allowed" | "unasked_refused":
            await sending.allowed(change.chat, change.what == "unasked_allowed")
        case _:
            pass  # a whole group that is muted: the bot may be an admin of it, a send will tell
