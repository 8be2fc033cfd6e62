"""训练: superusers start rounds, watch them, and let a better model serve."""

from __future__ import annotations

import re
from collections.abc import Awaitable

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.plugins.training import timer, watch
from bot.runtime import services
from bot.services.datasets.chat import ONLY_SUPERUSERS
from bot.services.rounds.words import NUMBER, USAGE

__all__ = ["timer", "watch"]
__plugin_meta__ = PluginMetadata(
    name="训练",
    description="用审核过的纠错训练下一轮模型，过了门槛才上线",
    usage=USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(
    r"^[/／]\s*训练\s*(?P<verb>预览|开始|状态|卡片|取消|继续|历史|同意|上线)?\s*(?P<rest>.*)$", re.DOTALL
)
_OF_A_ROUND = ("状态", "卡片", "取消", "继续", "同意", "上线")
_NEEDS_NUMBER = "说一下是第几轮，例如 /训练 {verb} 7。"


@route(50)
async def offer(heard: Heard) -> Action | None:
    command = _COMMAND.match(heard.incoming.text)
    if command is None:
        return None
    if not heard.is_superuser:
        return lambda: heard.deny(ONLY_SUPERUSERS)
    verb, rest = command["verb"], command["rest"].strip()
    named = NUMBER.fullmatch(rest)
    if verb in _OF_A_ROUND and rest and (named is None or (named["force"] and verb != "上线")):
        # What else it may mean must not stop or promote the wrong round.
        return lambda: heard.reply(_NEEDS_NUMBER.format(verb=verb))
    number = int(named[1]) if named else None
    if verb == "状态":
        return lambda: _show(heard, services().operating.rounds.status(number))
    if verb == "预览":
        return lambda: _show(heard, services().operating.rounds.preview())
    if verb == "卡片":
        return lambda: _show(heard, services().operating.rounds.card(number))
    return lambda: heard.answer(_asked(heard, verb, rest, number, force=bool(named and named["force"])))


async def _asked(heard: Heard, verb: str | None, rest: str, number: int | None, *, force: bool) -> str:
    rounds, incoming = services().operating.rounds, heard.incoming
    match verb:
        case "开始":
            return await rounds.start(incoming, rest)
        case "取消":
            return await rounds.cancel(number)
        case "继续":
            return await rounds.resume(number)
        case "历史":
            return await rounds.history()
        case "同意" | "上线" if number is None:
            return _NEEDS_NUMBER.format(verb=verb)
        case "同意" if number is not None:
            return await rounds.approve(incoming, number)
        case "上线" if number is not None:
            return await services().operating.releases.promote(incoming, number, force=force)
        case _:
            return USAGE


async def _show(heard: Heard, coming: Awaitable[tuple[str, bytes]]) -> None:
    text, picture = await coming
    await heard.reply(text, picture)
