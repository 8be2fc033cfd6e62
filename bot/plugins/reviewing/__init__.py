"""审核: reviewers decide about corrections and doubtful answers, a card at a time."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services

__plugin_meta__ = PluginMetadata(
    name="审核",
    description="审核人逐条处理纠错、冲突和没把握的题",
    usage="/审核 看一条，回复 1 通过、2 答案、3 驳回、4 跳过、0 结束；/审核 编号；/撤销审核 编号",
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_BEGIN = re.compile(r"^[/／]\s*审核\s*+#?\s*+(?P<number>\d{1,18})?\s*$")
_UNDO = re.compile(r"^[/／]\s*撤销审核\s*+#?\s*+(?P<number>\d{1,18})\s*$")


@route(20)
async def offer(heard: Heard) -> Action | None:
    desk, incoming = services().reviewing.desk, heard.incoming
    lane, account, text = incoming.lane, incoming.speaker, incoming.text
    if begin := _BEGIN.match(text):
        number = int(begin["number"]) if begin["number"] else None
        return lambda: heard.answer(desk.begin(lane, account, number))
    if undo := _UNDO.match(text):
        return lambda: heard.answer(desk.undo(account, int(undo["number"])))
    if desk.is_talking(lane, account) and desk.understands(text):
        return lambda: heard.answer(desk.answer(lane, account, text))
    return None
