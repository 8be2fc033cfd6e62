"""每日一练: answers to the day's digest, and its key."""

from __future__ import annotations

import re

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services.courtesies import courtesy
from bot.services.digest import words
from bot.services.digest.reading import has_numbers

__plugin_meta__ = PluginMetadata(
    name="每日一练的回答",
    description="引用或直接回 1A 2BD 3对，全天都能答，到点揭晓",
    usage=words.USAGE,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)

_KEY = re.compile(r"^[/／]\s*+[今每]日答案\s*+(?:第?\s*+(?P<number>\d{1,2}|[一二三四五六七八九])\s*+份?\s*+)?$")
_IN_WORDS = "一二三四五六七八九"


# Before the games of a chat, which only get what is theirs.
@route(24)
async def offer(heard: Heard) -> Action | None:
    digests, incoming = services().pushing.digests, heard.incoming
    if asked := _KEY.match(incoming.text):
        number = _number(asked["number"]) if asked["number"] else None
        return lambda: heard.answer(digests.key(incoming, number))
    if incoming.pictures or incoming.unreadable:
        return None
    # Without a look into the database, or the answers of a race would overtake each other here.
    if incoming.quoted is None and not has_numbers(incoming.text) and _answers_a_game(heard):
        return None
    found = await digests.offered(incoming, addressed=heard.to_me)
    if found is None or (not found.quoted and not found.sheet.numbered and _answers_a_game(heard)):
        return None
    return lambda: heard.answer(digests.take(incoming, found))


# What is left when nobody else takes it: a picture of ours is no question, and its key is no secret to be asked for.
@route(90)
async def offer_help(heard: Heard) -> Action | None:
    incoming = heard.incoming
    if incoming.pictures or incoming.text.startswith(("/", "／")) or courtesy(incoming.text):
        return None
    told = await services().pushing.digests.asked_about(incoming)
    return None if told is None else lambda: heard.reply(told)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _IN_WORDS.index(text) + 1


def _answers_a_game(heard: Heard) -> bool:
    """Whether a game is going on whose open question this answers."""
    host, incoming = services().practice.quizzes, heard.incoming
    return host.game(incoming) is not None and host.given(heard.as_written, addressed=heard.to_me) is not None
