"""数据集: superusers see, build and compare training sets; a schedule builds them by itself."""

from __future__ import annotations

import re
from collections.abc import Awaitable

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.plugins.datasets import timer
from bot.runtime import services
from bot.services.datasets import Told
from bot.services.datasets.chat import ONLY_SUPERUSERS

__all__ = ["timer"]
__plugin_meta__ = PluginMetadata(
    name="训练集",
    description="把题库和通过审核的纠错做成训练集",
    usage="/数据集　/数据集 构建　/数据集 对比 v0001 v0002（超级用户）",
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(r"^[/／]\s*(?:数据集|训练集)\s*(?P<rest>.*)$", re.DOTALL)
_BUILD = re.compile(r"构建|生成|新建|build", re.IGNORECASE)
_COMPARE = re.compile(r"(?:对比|比较|diff)\s*(v\d{1,8})[\s,，和]+(v\d{1,8})", re.IGNORECASE)
_LIST = re.compile(r"(?:列表|list)?", re.IGNORECASE)
_USAGE = "这样用：/数据集 看各版，/数据集 构建，/数据集 对比 v0001 v0002。"


@route(40)
async def offer(heard: Heard) -> Action | None:
    command = _COMMAND.match(heard.incoming.text)
    if command is None:
        return None
    if not heard.is_superuser:
        return lambda: heard.deny(ONLY_SUPERUSERS)
    datasets, rest = services().operating.datasets, command["rest"].strip()
    if _BUILD.fullmatch(rest):
        return lambda: _tell(heard, datasets.build(heard.screen))
    if compare := _COMPARE.fullmatch(rest):
        return lambda: _tell(heard, datasets.compare(compare[1].lower(), compare[2].lower()))
    if _LIST.fullmatch(rest):
        return lambda: heard.answer(datasets.versions())
    return lambda: heard.reply(_USAGE)


async def _tell(heard: Heard, coming: Awaitable[Told]) -> None:
    told = await coming
    await heard.reply(told.text, told.picture)
