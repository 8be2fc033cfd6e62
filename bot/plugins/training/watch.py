"""Shows how rounds go in the chats they were asked for in: one card each, then how it ended."""

from __future__ import annotations

import asyncio
import time

from loguru import logger
from nonebot.adapters.onebot.v11 import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters import onebot11
from bot.adapters.onebot11.screen import ChatScreen
from bot.plugins.core.accounts import connected, place
from bot.plugins.core.background import background
from bot.runtime import services
from bot.services.rounds import News

_LOOK_S = 3.0
_WAKE_EVERY_S = 60.0
_CARD_EVERY_S = 30.0
"""Platforms take a stream of messages for an advertiser's."""


class _Card:
    def __init__(self, bot: Bot, news: News) -> None:
        user, group = place(news.member_id, news.group_id)
        self.screen = ChatScreen(bot, user_id=user, group_id=group)
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
                await services().rounds.wake_worker()
            await _look(cards)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("rounds could not be read: {}", type(error).__name__)
        except Exception:  # noqa: BLE001 - the next look may do better, and nobody else would start a lost worker anew
            logger.exception("rounds could not be told of")
        await asyncio.sleep(_LOOK_S)


async def _tell_of_lost(told: set[tuple[int, str]]) -> None:
    """Once for each worker that fell silent, in the chat that asked for its round."""
    bots = connected()
    for lost in await services().rounds.lost():
        if (key := (lost.news.round_id, lost.since)) in told:
            continue
        logger.warning("the worker of round {} is silent since {}", *key)
        if bot := bots.get(lost.news.account):
            await _say(bot, lost.news)
        if bot or not lost.news.account:
            told.add(key)


async def _look(cards: dict[int, _Card]) -> None:
    bots = connected()
    if not bots:
        return
    for news in await services().rounds.news(list(bots)):
        if news.ended:
            if card := cards.pop(news.round_id, None):
                await card.screen.clear()
            await _tell(bots[news.account], news)
            continue
        card = cards.setdefault(news.round_id, _Card(bots[news.account], news))
        if news.text != card.shown and time.monotonic() - card.at > _CARD_EVERY_S:
            await card.screen.show(news.text)
            card.shown, card.at = news.text, time.monotonic()


async def _tell(bot: Bot, news: News) -> None:
    await _say(bot, news)
    await services().rounds.told(news.round_id)


async def _say(bot: Bot, news: News) -> None:
    user, group = place(news.member_id, news.group_id)
    try:
        await onebot11.say(bot, news.text, user_id=user, group_id=group, mention=True, picture=news.picture)
    except ActionFailed as error:
        logger.warning("news of round {} were refused by the platform: {}", news.round_id, type(error).__name__)
    except NetworkError:
        pass  # they may have gone out


background(_watch)
