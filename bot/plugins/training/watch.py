"""Shows how rounds go in the chats they were asked for in: one card each, then how it ended."""

from __future__ import annotations

import asyncio
import time

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.doors import Door
from bot.adapters.screen import ChatScreen
from bot.plugins.core.accounts import chat, connected
from bot.plugins.core.background import background
from bot.runtime import services
from bot.services.rounds import News
from bot.services.sending.outlet import SendFailed

_LOOK_S = 3.0
_WAKE_EVERY_S = 60.0
_CARD_EVERY_S = 30.0
"""Platforms take a stream of messages for an advertiser's."""


class _Card:
    def __init__(self, door: Door, news: News) -> None:
        self.screen = ChatScreen(door, chat(door.account, news.member_id, news.group_id))
        self.shown = ""
        self.at = 0.0


async def _watch() -> None:
    cards: dict[int, _Card] = {}
    lost: set[tuple[int, str]] = set()
    woken = -_WAKE_EVERY_S
    while True:
        try:
            await _tell_of_lost(lost)
            if time.monotonic() - woken > _WAKE_EVERY_S:
                woken = time.monotonic()
                await services().operating.rounds.wake_worker()
            await _look(cards)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("rounds could not be read: {}", type(error).__name__)
        except Exception:  # noqa: BLE001 - the next look may do better, and nobody else would start a lost worker anew
            logger.exception("rounds could not be told of")
        await asyncio.sleep(_LOOK_S)


async def _tell_of_lost(told: set[tuple[int, str]]) -> None:
    """Once for each worker that fell silent, in the chat that asked for its round."""
    doors = connected()
    for lost in await services().operating.rounds.lost():
        if (key := (lost.news.round_id, lost.since)) in told:
            continue
        logger.warning("the worker of round {} is silent since {}", *key)
        if door := doors.get(lost.news.account):
            await _say(door, lost.news)
        if door or not lost.news.account:
            told.add(key)


async def _look(cards: dict[int, _Card]) -> None:
    doors = connected()
    if not doors:
        return
    for news in await services().operating.rounds.news(list(doors)):
        if news.ended:
            if card := cards.pop(news.round_id, None):
                await card.screen.clear()
            await _tell(doors[news.account], news)
            continue
        card = cards.setdefault(news.round_id, _Card(doors[news.account], news))
        if news.text != card.shown and time.monotonic() - card.at > _CARD_EVERY_S:
            await card.screen.show(news.text)
            card.shown, card.at = news.text, time.monotonic()


async def _tell(door: Door, news: News) -> None:
    await _say(door, news)
    await services().operating.rounds.told(news.round_id)


async def _say(door: Door, news: News) -> None:
    where = chat(door.account, news.member_id, news.group_id)
    try:
        await door.say(where, news.text, news.picture, mention=news.member_id)
    except SendFailed as error:
        if not error.perhaps:
            logger.warning("news of round {} were refused by the platform: {}", news.round_id, error.code)


background(_watch)
