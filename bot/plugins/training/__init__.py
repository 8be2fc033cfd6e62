"""训练: superusers start rounds, watch them, and let a better model serve."""

from __future__ import annotations

import re
from collections.abc import Awaitable

from nonebot.plugin import PluginMetadata

from bot.plugins.core.routing import Action, Heard, route
from bot.plugins.training import timer, watch
from bot.runtime import services
from bot.services.datasets.chat import ONLY_SUPERUSERS
from bot.services.rounds.words import USAGE

__all__ = ["timer", "watch"]
__plugin_meta__ = PluginMetadata(
    name="训练",
    description="用审核过的纠错训练下一轮模型，过了门槛才上线",
    usage=USAGE,
    type="application",
    homepage="",
    supported_adapters={"~onebot.v11"},
)

_COMMAND = re.compile(
    r"^[/／]\s*训练\s*(?P<verb>预览|开始|状态|卡片|取消|继续|历史|同意|上线)?\s*(?P<rest>.*)$", re.DOTALL
)
_NUMBER = re.compile(r"第?\s*#?\s*(\d{1,9})\s*轮?")
_NEEDS_NUMBER = "说一下是第几轮，例如 /训练 {verb} 7。"


@route(50)
async def offer(heard: Heard) -> Action | None:
    command = _COMMAND.match(heard.incoming.text)
    if command is None:
        return None
    if not heard.is_superuser:
        return lambda: heard.reply(ONLY_SUPERUSERS)
    verb, rest = command["verb"], command["rest"].strip()
    if verb == "状态" and not rest:
        return lambda: _show(heard, services().rounds.status())
    if verb == "预览":
        return lambda: _show(heard, services().rounds.preview())
    if verb == "卡片":
        return lambda: _show(heard, services().rounds.card(_number(rest)))
    return lambda: heard.answer(_asked(heard, verb, rest))


async def _asked(heard: Heard, verb: str | None, rest: str) -> str:
    rounds, incoming = services().rounds, heard.incoming
    number = _number(rest)
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
            return await rounds.promote(incoming, number, force="强制" in rest)
        case _:
            return USAGE


async def _show(heard: Heard, coming: Awaitable[tuple[str, bytes]]) -> None:
    text, picture = await coming
    await heard.reply(text, picture)


def _number(rest: str) -> int | None:
    found = _NUMBER.match(rest)
    return int(found[1]) if found else None
