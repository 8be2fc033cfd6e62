"""出题: quizzes in groups and in private."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, pressed, route
from bot.plugins.quizzing import stage
from bot.plugins.quizzing.ballot import PRESS
from bot.runtime import services
from bot.services.group_settings import OFF
from bot.services.incoming import Incoming
from bot.services.judging import Given
from bot.services.quiz import words
from bot.services.quiz.game import Game
from store.models import QuizItem

__all__ = ["stage"]
__plugin_meta__ = PluginMetadata(
    name="出题",
    description="群里抢答、全员答、单挑、接力，私聊刷题；记分、错题、排行榜",
    usage=words.USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_START = re.compile(r"^[/／]\s*(?:出题|抢答|来一题|刷题)(?P<order>.*)$", re.DOTALL)
_WISH = re.compile(
    r"^(?:请|麻烦|帮我|给我们?|给大家|再)*[来出做](?!一下)"
    r"(?=[\d一二两三四五六七八九十几道个点些])(?P<count>[\d一二两三四五六七八九十]{0,3})几?\s*[道个点些]?(?P<topic>(?![\d一二两三四五六七八九十几])[^题]{0,4})题目?[吧呗呀]?[。.!！]*$"
)
"""来 5 道历史题, said to the bot."""
_DAILY = re.compile(r"^[/／]\s*(?:今日题|每日一题)\s*$")
_DURING = re.compile(r"^(?P<slash>[/／]?)\s*(?P<verb>提示|跳过|暂停|继续|结束|停止|揭晓)\s*(?:出题)?[。.！!]?$")
_BEGIN = re.compile(r"^[/／]?\s*开始\s*[。.！!]?$")
_GIVE_UP = re.compile(r"^[/／]?\s*(?:过|不会|不知道|跳过)\s*[。.！!]?$")
_OVERRULE = re.compile(r"^[/／]\s*(?P<verb>判对|判错)\s*$")
_BOARD = re.compile(r"^[/／]\s*排行榜?\s*(?P<rest>.*)$")


@route(25)
async def offer(heard: Heard) -> Action | None:
    host, incoming, text = services().practice.quizzes, heard.incoming, heard.incoming.text
    if start := _START.match(text):
        return lambda: _start(heard, start["order"].strip())
    if (order := await _wished(heard)) is not None:
        return lambda: _start(heard, order)
    if _DAILY.match(text):
        return lambda: _begin(heard, host.question_of_the_day)
    if board := _BOARD.match(text):
        return lambda: _board(heard, board["rest"].strip())
    if overrule := _OVERRULE.match(text):
        right = overrule["verb"] == "判对"
        return lambda: heard.answer(host.overrule(incoming, right=right, may_all=_may_all(heard)))
    game = host.game(incoming)
    if game is not None and game.asks(incoming.member_id) and _GIVE_UP.match(text):
        return lambda: game.hearing.give_up(incoming)
    # Without a slash they are words of any talk, unless it is to us.
    if (during := _DURING.match(text)) and (during["slash"] or (game is not None and heard.to_me)):
        return lambda: _during(heard, game, during["verb"])
    if game is None:
        return None
    if game.relay and game.relay.wants_in(text):
        return lambda: heard.answer(game.join(incoming))
    if game.joining and _BEGIN.match(text):
        return lambda: _begin_relay(heard, game)
    given, item = host.given(heard.as_written, addressed=heard.to_me), game.open_item
    return None if given is None or item is None else lambda: _answer(heard, game, given, item)


@pressed(PRESS)
async def offer_press(heard: Heard, number: str) -> Action | None:
    """Whoever presses a button of a question that is over, or votes in its poll, says nothing."""
    async with stage.taking_up[heard.incoming.account]:
        pass
    game = services().practice.quizzes.game(heard.incoming)
    item = game.open_item if game else None
    if game is None or item is None or str(item.id) != number:
        return None
    given = services().practice.quizzes.given(heard.incoming, addressed=True)
    return None if given is None else lambda: _answer(heard, game, given, item)


async def _begin(heard: Heard, begin: Callable[[Incoming], Awaitable[str]]) -> None:
    """Begin a game, which speaks for itself; what stands against it is said."""
    if services().base.group_rules.is_off(heard.incoming.group_id, "出题"):
        await heard.deny(OFF.format("出题", "出题"))
    elif said := await begin(heard.incoming):
        await heard.reply(said)


async def _start(heard: Heard, order: str) -> None:
    mentioned = tuple(map(services().base.people.person, heard.arrival.mentioned))
    await _begin(heard, lambda incoming: services().practice.quizzes.start(incoming, order, opponents=mentioned))


async def _wished(heard: Heard) -> str | None:
    """A wish as it is written behind 出题: 来道题 wants one, 来几道题 as many as usual; ``None`` for anything else."""
    host, incoming = services().practice.quizzes, heard.incoming
    wish = _WISH.match(incoming.text) if heard.to_me else None
    if wish is None or incoming.quoted or incoming.pictures or host.game(incoming) is not None:
        return None
    count = wish["count"] or ("" if re.search("[几点些]", wish[0]) else "1")
    order = f"{count and f'{count}题'} {wish['topic']}".strip()
    # 来一个问题: a wish for something else, or a question.
    return order if await host.understands(order) else None


async def _begin_relay(heard: Heard, game: Game) -> None:
    if not (_may_all(heard) or game.quiz.started_by == heard.incoming.member_id):
        await heard.deny(words.NOT_YOURS)
    elif said := await game.begin():
        await heard.reply(said)


async def _answer(heard: Heard, game: Game, given: Given, item: QuizItem) -> None:
    told = await game.answer(heard.incoming, given, item)
    if told.text:
        await heard.reply(told.text)


async def _during(heard: Heard, game: Game | None, verb: str) -> None:
    if game is None:
        await heard.reply(words.NONE_HERE)
        return
    if verb == "提示":
        await heard.reply(await game.hint(heard.incoming.member_id) or words.NONE_HERE)
        return
    ends_left = verb in ("结束", "停止") and game.record.paused_long
    if not (_may_all(heard) or game.quiz.started_by == heard.incoming.member_id or ends_left):
        await heard.deny(words.NOT_YOURS)
        return
    actions: dict[str, Callable[[], Awaitable[str | None]]] = {
        "跳过": game.skip,
        "揭晓": game.reveal,
        "暂停": game.pause,
        "继续": game.resume,
        "结束": game.stop,
        "停止": game.stop,
    }
    if said := await actions[verb]():
        await heard.reply(said)


async def _board(heard: Heard, rest: str) -> None:
    text, picture = await services().practice.boards.shown(heard.incoming.group_id, rest)
    await heard.reply(text, picture)


def _may_all(heard: Heard) -> bool:
    return heard.is_superuser or heard.is_group_admin or heard.incoming.group_id is None
