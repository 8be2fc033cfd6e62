"""Builds training sets when the schedule says so, and tells superusers when there is a new one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import nonebot
from loguru import logger
from nonebot.adapters.onebot.v11 import Bot
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError

from bot.adapters import onebot11
from bot.plugins.core.background import background
from bot.runtime import services
from bot.services.datasets import Told
from bot.services.datasets.schedule import next_time

_NAP_S = 60.0
"""A sleep of days would miss a clock that is set."""


async def _watch(schedule: str) -> None:
    while True:
        await _sleep_until(next_time(schedule, _now()))
        told = await services().datasets.build()
        logger.info("scheduled training set: {}", told.text.partition("\n")[0])
        if told.fresh:
            await _tell_superusers(told)


async def _tell_superusers(told: Told) -> None:
    for bot in nonebot.get_bots().values():
        if not isinstance(bot, Bot):
            continue
        for entry in services().config.superusers:
            account = entry.partition("/")[0].strip()
            try:
                await onebot11.say(bot, told.text, user_id=int(account), group_id=None, picture=told.picture)
            except (ActionFailed, NetworkError, ValueError) as error:
                logger.warning("a superuser was not told of the new training set: {}", type(error).__name__)


async def _sleep_until(due: datetime) -> None:
    left = (due - _now()).total_seconds()
    while left > 0:
        await asyncio.sleep(min(left, _NAP_S))
        left = (due - _now()).total_seconds()


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


background(lambda: _watch(schedule) if (schedule := services().config.dataset_schedule) else None)
