"""发布: superusers let another model answer, and take it back."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.plugins.releases import watch
from bot.runtime import services
from bot.services.datasets.chat import ONLY_SUPERUSERS
from bot.services.releases.words import USAGE
from bot.services.rounds.words import NUMBER

__all__ = ["watch"]
__plugin_meta__ = PluginMetadata(
    name="发布",
    description="让训练好的一轮上线，不中断回答；不对劲就换回来",
    usage=USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(r"^[/／]\s*(?P<verb>发布|回滚)\s*(?P<rest>.*)$", re.DOTALL)
_NEEDS_NUMBER = "说一下是第几轮，例如 /发布 7。"
_NO_NUMBER = "/回滚 后面不用写别的，就是换回上一个模型。要换到指定的一轮，发 /发布 轮次。"


@route(50)
async def offer(heard: Heard) -> Action | None:
    command = _COMMAND.match(heard.incoming.text)
    if command is None:
        return None
    if not heard.is_superuser:
        return lambda: heard.deny(ONLY_SUPERUSERS)
    verb, rest = command["verb"], command["rest"].strip()
    if verb == "回滚":
        if rest:
            # What else it may mean must not exchange the model.
            return lambda: heard.reply(_NO_NUMBER)
        return lambda: heard.answer(services().operating.releases.roll_back(heard.incoming))
    if not rest:
        return lambda: heard.answer(services().operating.releases.status())
    named = NUMBER.fullmatch(rest)
    if named is None:
        return lambda: heard.reply(_NEEDS_NUMBER)
    number, force = int(named[1]), bool(named["force"])
    return lambda: heard.answer(services().operating.releases.promote(heard.incoming, number, force=force))
