"""错题本, 复习, 考试, 我的: what a member practises alone."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services.incoming import Incoming
from bot.services.phrases import CANCEL
from bot.services.study import words
from bot.services.study.detail import NUMBER
from bot.services.study.takeaway import Parcel

__plugin_meta__ = PluginMetadata(
    name="学习",
    description="错题本、到期复习、考试日安排、个人统计",
    usage=words.USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_COMMAND = re.compile(
    r"^[/／]\s*(?P<verb>错题本?|同类|复习|考试|我的|取消搁置|搁置|上榜|撤销|导出我的数据|删除我的数据)(?P<rest>(?:\s.*|\d.*)?)$",
    re.DOTALL,
)
_EXPORT = re.compile(r"导出(?P<rest>.*)$", re.DOTALL)
_CONFIRM = "确认删除"


@route(26)
async def offer(heard: Heard) -> Action | None:
    desk, incoming = services().practice.study, heard.incoming
    if incoming.text == _CONFIRM and desk.may_delete(incoming):
        return lambda: _delete(heard)
    if CANCEL.match(incoming.text) and desk.may_delete(incoming):
        return lambda: heard.reply(desk.keep(incoming))
    command = _COMMAND.match(incoming.text)
    if command is None:
        return None
    verb, rest = command["verb"], command["rest"].strip()
    if verb == "我的":
        return lambda: _mine(heard)
    if verb == "撤销":
        return lambda: heard.answer(desk.undo(incoming))
    if verb == "导出我的数据":
        return lambda: _handed_over(heard, services().practice.takeaway.everything(incoming))
    if verb in ("错题", "错题本") and (export := _EXPORT.match(rest)):
        return lambda: _handed_over(heard, services().practice.takeaway.book(incoming, export["rest"]))
    if verb == "删除我的数据":
        return lambda: heard.reply(desk.ask_to_delete(incoming))
    if verb in ("错题", "错题本") and (one := NUMBER.fullmatch(rest)):
        return lambda: heard.answer(services().practice.detail.shown(incoming, int(one[1])))
    return lambda: _said(heard, verb, rest)


async def _said(heard: Heard, verb: str, rest: str) -> None:
    desk, incoming = services().practice.study, heard.incoming
    actions: dict[str, Callable[[Incoming, str], Awaitable[str]]] = {
        "错题": desk.book,
        "错题本": desk.book,
        "同类": services().practice.detail.twin,
        "复习": desk.review,
        "考试": desk.exam,
        "上榜": desk.boards,
        "搁置": lambda who, what: desk.shelve(who, what, shelved=True),
        "取消搁置": lambda who, what: desk.shelve(who, what, shelved=False),
    }
    # A game that begins speaks for itself.
    if said := await actions[verb](incoming, rest):
        await heard.reply(said)


async def _handed_over(heard: Heard, making: Awaitable[Parcel | str]) -> None:
    made = await making
    if isinstance(made, str):
        await heard.reply(made)
        return
    arrived = await heard.hand_over(made.name, made.data)
    await heard.reply(made.told if arrived else words.FILE_REFUSED)


async def _delete(heard: Heard) -> None:
    told = await services().practice.study.delete(heard.incoming)
    # Its accounts are persons of their own again.
    await services().base.people.look()
    await heard.reply(told)


async def _mine(heard: Heard) -> None:
    text, picture = await services().practice.study.mine(heard.incoming)
    await heard.reply(text, picture)
