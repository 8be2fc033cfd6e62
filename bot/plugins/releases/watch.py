"""Tells how releases came out: in the chat that asked for them, else to every superuser."""

from __future__ import annotations

import asyncio

from loguru import logger
from nonebot.adapters.onebot.v11 import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters import onebot11
from bot.plugins.core.accounts import connected, place
from bot.plugins.core.background import background
from bot.plugins.core.schedule import tell_superusers
from bot.runtime import services
from bot.services.releases import News

_LOOK_S = 3.0


async def _watch() -> None:
    while True:
        try:
            # News are given once, so that there must be somebody to tell.
            if bots := connected():
                for news in await services().releases.news():
                    await _tell(bots, news)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("releases could not be read: {}", type(error).__name__)
        except Exception:  # noqa: BLE001 - the next look may do better
            logger.exception("a release could not be told of")
        await asyncio.sleep(_LOOK_S)


async def _tell(bots: dict[str, Bot], news: News) -> None:
    bot = bots.get(news.account)
    if bot is None:
        await tell_superusers(news.text)
        return
    user, group = place(news.member_id, news.group_id)
    try:
        await onebot11.say(bot, news.text, user_id=user, group_id=group, mention=True)
    except (ActionFailed, NetworkError) as error:
        logger.warning("news of a release were not confirmed: {}", type(error).__name__)


background(_watch)
