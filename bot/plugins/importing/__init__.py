"""导入: a superuser drops a question file into a chat, sees a preview and confirms."""

from __future__ import annotations

import re

from loguru import logger
from nonebot.plugin import PluginMetadata

from bot.adapters.doors import Door, OfferedFile
from bot.adapters.platforms import TESTED
from bot.adapters.screen import ChatScreen
from bot.plugins.core.routing import Action, Heard, listen, route
from bot.runtime import services
from bot.services.chat_import import HOW_TO_IMPORT
from bot.services.sending.outlet import SendFailed

__plugin_meta__ = PluginMetadata(
    name="导入",
    description="超级用户把题库文件发到聊天里，预览后导入",
    usage="把 Word、Excel、csv、txt、PDF、jsonl 题库发给机器人，回复「确认」或「取消」；/撤销导入 编号",
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_YES, _NO = (
    re.compile(r"^[/／]?\s*(?:确认|确定|导入|好的?|是|yes|ok)[\s。.!！]*$", re.I),
    re.compile(r"^[/／]?\s*(?:取消|不要|不导入?|算了|否|no)[\s。.!！]*$", re.I),
)
_UNDO = re.compile(r"^[/／]\s*撤销导入\s*+#?\s*+(\d{1,9})?\s*$")
_HOW = re.compile(
    r"(?:能|可以|支持|怎么|如何|可不可以).{0,8}(?:导入|上传)|(?:导入|上传).{0,6}题库?.{0,4}(?:吗|么|怎么)"
)


def _takes(file: OfferedFile) -> bool:
    of_superuser = services().base.reviewers.is_superuser(file.member_id)
    return of_superuser and services().operating.chat_import.takes(file.name, private=not file.chat.group)


async def _preview(door: Door, file: OfferedFile) -> None:
    text = await services().operating.chat_import.preview(
        file.chat.lane,
        file.member_id,
        name=file.name,
        size=file.size,
        place=file.place,
        screen=ChatScreen(door, file.chat),
    )
    try:
        await door.say(file.chat, text)
    except SendFailed as error:
        logger.warning("preview not confirmed by the platform: {}", error.code)


@listen(OfferedFile)
async def dropped(door: Door, file: OfferedFile) -> None:
    """A file that came without a message."""
    if _takes(file):
        await _preview(door, file)


@route(5)
async def offer_file(heard: Heard) -> Action | None:
    """A file in a message of a superuser."""
    file = heard.arrival.file
    return None if file is None or not _takes(file) else lambda: _preview(heard.door, file)


@route(10)
async def offer(heard: Heard) -> Action | None:
    """A superuser's 确认 or 取消 while a preview waits, /撤销导入, or anybody's question how to import."""
    incoming, text = heard.incoming, heard.incoming.text
    chat_import = services().operating.chat_import
    if undo := _UNDO.match(text):
        if not heard.is_superuser:
            return lambda: heard.reply("只有超级用户能撤销导入。")
        if undo[1] is None:
            return lambda: heard.reply("这样写：/撤销导入 编号。编号在导入完成的那条消息里。")
        return lambda: heard.answer(chat_import.undo(int(undo[1])))
    if chat_import.is_waiting(incoming.lane, incoming.speaker):
        if _YES.match(text):
            return lambda: heard.answer(chat_import.confirm(incoming.lane, incoming.speaker, screen=heard.screen))
        if _NO.match(text):
            return lambda: heard.reply(chat_import.cancel(incoming.lane, incoming.speaker))
    if heard.to_me and len(text) <= 30 and _HOW.search(text):
        return lambda: heard.reply(HOW_TO_IMPORT)
    return None
