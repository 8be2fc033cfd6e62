"""Jobs that start by the clock, and whom they tell."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import nonebot
from loguru import logger
from nonebot.adapters.onebot.v11 import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError

from bot.adapters import onebot11
from bot.runtime import services
from bot.services.schedule import next_time

_NAP_S = 60.0
"""A sleep of days would miss a clock that is set."""


async def next_turn(schedule: str) -> None:
    """Sleep until *schedule* is due, see :func:`bot.services.schedule.next_time`."""
    due = next_time(schedule, _now())
    left = (due - _now()).total_seconds()
    while left > 0:
        await asyncio.sleep(min(left, _NAP_S))
        left = (due - _now()).total_seconds()


async def tell_superusers(text: str, picture: bytes = b"") -> None:
    """Send each of them a private message through every account; who cannot be reached is logged."""
    for bot in nonebot.get_bots().values():
        if not isinstance(bot, Bot):
            continue
        for account in superuser_accounts():
            try:
                await onebot11.say(bot, text, user_id=int(account), group_id=None, picture=picture)
            except (ActionFailed, NetworkError, ValueError) as error:
                logger.warning("a superuser was not told: {}", type(error).__name__)


def superuser_accounts() -> list[str]:
    """The first account of each, as the platform writes it."""
    return [entry.partition("/")[0].strip() for entry in services().config.superusers]


def _now() -> datetime:
    return datetime.now(UTC).astimezone()
