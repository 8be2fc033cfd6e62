"""设置: what a group's admins switch on and off."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services.group_settings import USAGE

__plugin_meta__ = PluginMetadata(
    name="设置",
    description="群里开关功能，一天能问多少题",
    usage=USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(r"^[/／]\s*设置(?P<rest>(?:\s.*)?)$", re.DOTALL)
_ONLY_ADMINS = "只有群主、管理员和超级用户能改设置。发 /设置 可以看。"


@route(24)
async def offer(heard: Heard) -> Action | None:
    command = _COMMAND.match(heard.incoming.text)
    if command is None:
        return None
    rest = command["rest"].strip()
    if rest and not (heard.is_superuser or heard.is_group_admin):
        return lambda: heard.deny(_ONLY_ADMINS)
    return lambda: heard.answer(services().base.group_rules.set(heard.incoming, rest))
