"""导入: a superuser drops a question file into a chat, sees a preview and confirms."""

from __future__ import annotations

import re

from nonebot import on
from nonebot.adapters.onebot.v11 import Bot, Event
from nonebot.plugin import PluginMetadata
from nonebot.typing import T_State

from bot.adapters import onebot11
from bot.adapters.onebot11.files import OfferedFile, file_url, offered_file
from bot.adapters.onebot11.screen import ChatScreen
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services.chat_import import HOW_TO_IMPORT

__plugin_meta__ = PluginMetadata(
    name="导入",
    description="超级用户把题库文件发到聊天里，预览后导入",
    usage="把 Word、Excel、csv、txt、PDF、jsonl 题库发给机器人，回复「确认」或「取消」；/撤销导入 编号",
    type="application",
    homepage="",
    supported_adapters={"~onebot.v11"},
)

_YES, _NO = (
    re.compile(r"^[/／]?\s*(?:确认|确定|导入|好的?|是|yes|ok)[\s。.!！]*$", re.I),
    re.compile(r"^[/／]?\s*(?:取消|不要|不导入?|算了|否|no)[\s。.!！]*$", re.I),
)
_UNDO = re.compile(r"^[/／]\s*撤销导入\s*#?\s*(\d{1,9})\s*$")
_HOW = re.compile(
    r"(?:能|可以|支持|怎么|如何|可不可以).{0,8}(?:导入|上传)|(?:导入|上传).{0,6}题库?.{0,4}(?:吗|么|怎么)"
)


def _is_superuser(user_id: int) -> bool:
    return services().reviewers.is_superuser(onebot11.member(user_id))


async def _offered_by_superuser(event: Event, state: T_State) -> bool:
    file = offered_file(event)
    if file is None or not _is_superuser(file.user_id):
        return False
    state["file"] = file
    return services().chat_import.takes(file.name, private=file.group_id is None)


dropped = on(rule=_offered_by_superuser, priority=0, block=True)


@dropped.handle()
async def preview(bot: Bot, state: T_State) -> None:
    file: OfferedFile = state["file"]
    lane = onebot11.lane(file.user_id, file.group_id)
    url = await file_url(bot, file)
    screen = ChatScreen(bot, user_id=file.user_id, group_id=file.group_id)
    text = await services().chat_import.preview(
        lane, onebot11.member(file.user_id), name=file.name, size=file.size, url=url, screen=screen
    )
    await onebot11.say(bot, text, user_id=file.user_id, group_id=file.group_id)


@route(10)
async def offer(heard: Heard) -> Action | None:
    """A superuser's 确认 or 取消 while a preview waits, /撤销导入, or anybody's question how to import."""
    incoming, text = heard.incoming, heard.incoming.text
    chat_import = services().chat_import
    if undo := _UNDO.match(text):
        if not heard.is_superuser:
            return lambda: heard.reply("只有超级用户能撤销导入。")
        return lambda: heard.answer(chat_import.undo(int(undo[1])))
    if chat_import.is_waiting(incoming.lane, incoming.member_id):
        if _YES.match(text):
            return lambda: heard.answer(chat_import.confirm(incoming.lane, incoming.member_id, screen=heard.screen))
        if _NO.match(text):
            return lambda: heard.reply(chat_import.cancel(incoming.lane, incoming.member_id))
    if heard.event.to_me and len(text) <= 30 and _HOW.search(text):
        return lambda: heard.reply(HOW_TO_IMPORT)
    return None
