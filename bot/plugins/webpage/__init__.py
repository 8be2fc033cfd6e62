"""网页: a code that makes a superuser's browser his on the web page."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services import passes
from bot.services.datasets.chat import ONLY_SUPERUSERS
from store.cache import CacheUnavailable

__plugin_meta__ = PluginMetadata(
    name="网页",
    description="给超级用户一个验证码，在网页上对比两轮模型",
    usage="/网页　私聊发，拿验证码",
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(r"^[/／]\s*网页\s*$")


@route(41)
async def offer(heard: Heard) -> Action | None:
    if _COMMAND.match(heard.incoming.text) is None:
        return None
    if not heard.is_superuser:
        return lambda: heard.deny(ONLY_SUPERUSERS)
    if heard.incoming.group_id is not None:
        # Whoever reads the code first may use it.
        return lambda: heard.reply(passes.ONLY_PRIVATE)
    return lambda: heard.answer(_code(heard.incoming.speaker))


async def _code(member_id: str) -> str:
    try:
        code = await services().operating.passes.code(member_id)
    except CacheUnavailable:
        return passes.NO_CODE
    return passes.invitation(code, services().base.config)
