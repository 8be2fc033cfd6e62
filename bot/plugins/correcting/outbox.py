"""Sends what waits to be told to members: outcomes of reviews, rounds that serve."""

from __future__ import annotations

import asyncio

from loguru import logger
from nonebot.adapters.onebot.v11 import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters import onebot11
from bot.plugins.core.accounts import connected
from bot.plugins.core.background import background
from bot.runtime import services
from bot.services.notices import Due


async def _watch() -> None:
    while True:
        try:
            await _send_due()
        except (SQLAlchemyError, OSError) as error:
            logger.warning("notices could not be read: {}", type(error).__name__)
        await asyncio.sleep(services().config.notice_poll_s)


async def _send_due() -> None:
    bots = connected()
    if not bots:
        return
    await services().notices.announce_round(target.round if (target := services().model.target) else "")
    for account, due in await services().notices.due(bots):
        await _send(bots[account], due)


async def _send(bot: Bot, due: Due) -> None:
    try:
        user = int(due.member_id.partition(":")[2])
        group = int(due.group_id.partition(":")[2]) if due.group_id else None
        await onebot11.say(bot, due.text, user_id=user, group_id=group, mention=True)
    except ActionFailed as error:
        logger.warning("notice refused by the platform: {}", type(error).__name__)
        await services().notices.refused(due.notice_id, "refused")
    except NetworkError:
        # Nobody knows whether it went out: told late is worse than told twice only to the platform's filters.
        await services().notices.sent(due.notice_id)
    except ValueError:
        await services().notices.refused(due.notice_id, "no_such_member")
    else:
        await services().notices.sent(due.notice_id)


background(_watch)
