"""绑定: a member's accounts become one person, or part again."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services.people.words import USAGE

__plugin_meta__ = PluginMetadata(
    name="绑定",
    description="一个人的几个号合成一个人",
    usage=USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_BIND = re.compile(r"^[/／]\s*绑定(?P<code>.{0,200})$", re.DOTALL)
"""With whatever is said around the code: in a group it is spoilt all the same."""
_CONFIRM = "确认绑定"
_UNBIND = re.compile(r"^[/／]\s*解绑\s*+#?\s*+(?P<number>\d)?\s*$")


@route(23)
async def offer(heard: Heard) -> Action | None:
    desk, incoming = services().practice.binding, heard.incoming
    if bind := _BIND.match(incoming.text):
        return lambda: heard.answer(desk.bind(incoming, bind["code"].strip()))
    if incoming.text == _CONFIRM and incoming.group_id is None:
        return lambda: heard.answer(desk.confirm(incoming))
    if unbind := _UNBIND.match(incoming.text):
        number = int(unbind["number"]) if unbind["number"] else None
        return lambda: heard.answer(desk.unbind(incoming, number))
    return None
