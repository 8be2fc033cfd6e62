"""Sends what waits to be told to members: outcomes of reviews, rounds that serve."""

from __future__ import annotations

import asyncio

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.doors import Door
from bot.plugins.core.accounts import chat, connected
from bot.plugins.core.background import background
from bot.runtime import services
from bot.services.notices import Due
from bot.services.sending.outlet import SendFailed


async def _watch() -> None:
    while True:
        try:
            await _send_due()
        except (SQLAlchemyError, OSError) as error:
            logger.warning("notices could not be read: {}", type(error).__name__)
        await asyncio.sleep(services().base.config.notice_poll_s)


async def _send_due() -> None:
    doors = connected()
    if not doors:
        return
    await services().reviewing.notices.announce_round(target.round if (target := services().base.model.target) else "")
    for account, due in await services().reviewing.notices.due(doors):
        await _send(doors[account], due)


async def _send(door: Door, due: Due) -> None:
    try:
        await door.say(chat(door.account, due.member_id, due.group_id), due.text, mention=due.member_id)
    except SendFailed as error:
        if not error.perhaps:
            logger.warning("notice refused by the platform: {}", error.code)
            await services().reviewing.notices.refused(due.notice_id, "refused")
            return
        # Nobody knows whether it went out: told late is worse than told twice only to the platform's filters.
    await services().reviewing.notices.sent(due.notice_id)


background(_watch)
