"""Jobs that start by the clock, and whom they tell."""

from __future__ import annotations

import asyncio

from loguru import logger

from bot.plugins.core.accounts import chat, connected
from bot.runtime import services
from bot.services.review.reviewers import member_of
from bot.services.schedule import next_time
from bot.services.sending.outlet import SendFailed
from local_time import local_now

_NAP_S = 60.0
"""A sleep of days would miss a clock that is set."""


async def next_turn(schedule: str) -> None:
    """Sleep until *schedule* is due, see :func:`bot.services.schedule.next_time`."""
    due = next_time(schedule, local_now())
    left = (due - local_now()).total_seconds()
    while left > 0:
        await asyncio.sleep(min(left, _NAP_S))
        left = (due - local_now()).total_seconds()


async def tell_superusers(text: str, picture: bytes = b"") -> None:
    """Send each of them a private message through every account; who cannot be reached is logged."""
    for account, door in connected().items():
        for member_id in superusers_on(account):
            try:
                await door.say(chat(account, member_id, None), text, picture)
            except SendFailed as error:
                logger.warning("a superuser was not told: {}", error.code)


def superusers_on(account: str) -> list[str]:
    """The first account of each superuser that is on the platform of the bot's *account*, as the database writes it."""
    platform = account.partition(":")[0]
    found: list[str] = []
    for entry in services().base.config.superusers:
        accounts = [member_of(one.strip()) for one in entry.split("/") if one.strip()]
        found += [one for one in accounts if one.partition(":")[0] == platform][:1]
    return found
