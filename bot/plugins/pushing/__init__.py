"""每日一练: set up in the chat, and sent by the clock."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.plugins.pushing import timer
from bot.runtime import services
from bot.services.phrases import CANCEL
from bot.services.push import words
from bot.services.push.content import STOP_WORD

__all__ = ["timer"]
__plugin_meta__ = PluginMetadata(
    name="每日一练",
    description="每天定时发几道题，晚上小结；群管理员开、改、停",
    usage=words.USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(r"^[/／]\s*(?:每日一练|每日练习|日练)(?P<rest>.*)$", re.DOTALL)
_IN_A_SENTENCE = re.compile(
    r"^(?:请|帮我|能不能|可以|给我们?|给大家)*(?:每[天日晚早周]|天天|工作日|周[一二三四五六日末]).{0,20}"
    r"[发推来出练做]送?(?:[\d一二两三四五六七八九十几]{1,3}\s*(?:道|个|题)|题).{0,12}$"
)
_CONFIRM = re.compile(rf"^(?:{words.CONFIRM}|确定退订|确认|确定)[\s。.!！]*$")
_STOP = re.compile(rf"^(?:[/／]\s*)?{STOP_WORD}\s*(?:每日一练)?$")


# Before whoever takes the message, and after the sender: what waits for the chat to speak has a chance now.
@route(1)
async def overhear(heard: Heard) -> Action | None:
    services().pushing.clock.heard(heard.incoming)
    return None


@route(27)
async def offer(heard: Heard) -> Action | None:
    desk, stopping, incoming = services().pushing.desk, services().pushing.stopping, heard.incoming
    if _CONFIRM.match(incoming.text) and stopping.may_confirm(incoming):
        # Who was an admin when asked may be none any more.
        return lambda: heard.answer(stopping.confirm(incoming)) if _may_change(heard) else heard.deny(words.ONLY_ADMINS)
    if CANCEL.match(incoming.text) and stopping.may_confirm(incoming):
        return lambda: heard.reply(stopping.keep(incoming))
    if _STOP.match(incoming.text):
        return await _stopping(heard)
    may_change = _may_change(heard)
    if heard.to_me and incoming.quoted is None and _IN_A_SENTENCE.match(incoming.text):
        return lambda: heard.answer(desk.suggested(incoming.text, may_change=may_change))
    command = _COMMAND.match(incoming.text)
    if command is None:
        return None
    rest = command["rest"].strip()
    if desk.changes(rest) and not may_change:
        return lambda: heard.deny(words.ONLY_ADMINS)
    return lambda: heard.answer(desk.act(incoming, rest, may_change=may_change))


async def _stopping(heard: Heard) -> Action | None:
    stopping, incoming = services().pushing.stopping, heard.incoming
    # Below every push stands that an admin may say it, not to whom.
    addressed = await heard.addressed() or _may_change(heard)
    if not await stopping.concerns(incoming, addressed=addressed):
        return None
    if not _may_change(heard):
        return lambda: heard.deny(words.ONLY_ADMINS)
    return lambda: heard.answer(stopping.ask(incoming))


def _may_change(heard: Heard) -> bool:
    return heard.incoming.group_id is None or heard.is_group_admin or heard.is_superuser
