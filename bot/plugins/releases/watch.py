"""Tells how releases came out: in the chat that asked for them, else to every superuser."""

from __future__ import annotations

import asyncio

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.doors import Door
from bot.plugins.core.accounts import chat, connected
from bot.plugins.core.background import background
from bot.plugins.core.schedule import tell_superusers
from bot.runtime import services
from bot.services.releases import News
from bot.services.sending.outlet import SendFailed

_LOOK_S = 3.0


async def _watch() -> None:
    while True:
        try:
            # News are given once, so that there must be somebody to tell.
            if doors := connected():
                for news in await services().operating.releases.news():
                    await _tell(doors, news)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("releases could not be read: {}", type(error).__name__)
        except Exception:  # noqa: BLE001 - the next look may do better
            logger.exception("a release could not be told of")
        await asyncio.sleep(_LOOK_S)


async def _tell(doors: dict[str, Door], news: News) -> None:
    door = doors.get(news.account)
    if door is None:
        await tell_superusers(news.text)
        return
    try:
        await door.say(chat(door.account, news.member_id, news.group_id), news.text, mention=news.member_id)
    except SendFailed as error:
        logger.warning("news of a release were not confirmed: {}", error.code)


background(_watch)
