"""对比 and 盲评: two rounds answer one question, and people say which is better."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services.arena import words
from bot.services.arena.comparing import NotCompared
from bot.services.datasets.chat import ONLY_SUPERUSERS

__plugin_meta__ = PluginMetadata(
    name="对比",
    description="两轮模型答同一道题，大家投票选好的",
    usage=words.USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_ROUND = r"第?\s*#?\s*\d{1,9}\s*轮?"
_COMMAND = re.compile(r"^[/／]\s*对比(?P<rest>.*)$", re.DOTALL)
_COMPARE = re.compile(
    rf"(?:(?P<other>{_ROUND})\s*(?:和|与|跟|、|vs)\s*)?(?P<round>{_ROUND})(?:(?<=轮)|[\s:：]|$)(?P<question>.*)",
    re.DOTALL | re.IGNORECASE,
)
_ARENA = re.compile(r"^[/／]\s*盲评\s*(?P<verb>开始|开|关|结束|结果)?\s*(?P<rest>.*)$", re.DOTALL)
_BEGIN = re.compile(rf"(?P<round>{_ROUND})(?:\s+(?P<length>.*))?", re.DOTALL)
_DIGITS = re.compile(r"\D")
_NEEDS_ROUND = "说一下是第几轮，例如 /盲评 开始 7 3天。"


@route(40)
async def offer(heard: Heard) -> Action | None:
    text = heard.incoming.text
    if compare := _COMMAND.match(text):
        return lambda: _compare(heard, compare["rest"].strip())
    if command := _ARENA.match(text):
        return lambda: heard.answer(_arena(heard, command["verb"], command["rest"].strip()))
    return await _vote(heard)


async def _compare(heard: Heard, rest: str) -> None:
    if not heard.is_superuser:
        await heard.deny(ONLY_SUPERUSERS)
        return
    command = _COMPARE.fullmatch(rest)
    if command is None:
        await heard.reply(words.USAGE)
        return
    numbers = [_number(command[name]) for name in ("other", "round") if command[name]]
    quoted = heard.incoming.quoted
    question = command["question"].strip() or (quoted.text if quoted else "")
    if not question:
        await heard.reply(words.NO_QUESTION)
        return
    try:
        told = await services().operating.comparing.compare(heard.incoming, numbers, question, heard.reply)
    except NotCompared as error:
        await heard.reply(str(error))
        return
    sent_as = await heard.reply(told.text)
    if sent_as is not None and told.battle_id is not None:
        await services().answering.battles.shown(told.battle_id, sent_as)


async def _arena(heard: Heard, verb: str | None, rest: str) -> str:
    arena, incoming = services().operating.arena, heard.incoming
    if verb in ("开", "关"):
        if not (heard.is_superuser or heard.is_group_admin):
            return words.ONLY_ADMINS
        return await (arena.join(incoming) if verb == "开" else arena.leave(incoming))
    if verb is None and not (rest and heard.is_superuser):
        return await arena.state(incoming)
    if not heard.is_superuser:
        return ONLY_SUPERUSERS
    match verb:
        case "开始":
            wanted = _BEGIN.fullmatch(rest)
            if wanted is None:
                return _NEEDS_ROUND
            return await arena.begin(incoming, _number(wanted["round"]), (wanted["length"] or "").strip())
        case "结束":
            return await arena.end(incoming)
        case "结果":
            return await arena.result()
        case _:
            return words.USAGE


def _number(named: str) -> int:
    return int(_DIGITS.sub("", named))


async def _vote(heard: Heard) -> Action | None:
    """Only what quotes a battle is a vote: 甲 alone may be anything."""
    incoming = heard.incoming
    if incoming.quoted is None:
        return None
    said = words.choice_of(incoming.text)
    if said is None and not words.is_letter(incoming.text):
        return None
    battle = await services().answering.battles.quoted(incoming)
    if battle is None:
        return None
    if said is None:
        return lambda: heard.reply(words.NOT_LETTERS)
    return lambda: heard.answer(services().answering.battles.vote(battle, incoming.member_id, said))
