"""Starts rounds when the schedule says so and enough has been corrected; quiet when there is nothing to learn."""

from __future__ import annotations

import asyncio

from loguru import logger

from bot.plugins.core.accounts import connected
from bot.plugins.core.background import background
from bot.plugins.core.schedule import next_turn, superusers_on, tell_superusers
from bot.runtime import services
from bot.services.rounds import NotStarted

_LOOK_S = 10.0


async def _watch(schedule: str) -> None:
    while True:
        await next_turn(schedule)
        try:
            await start_by_schedule()
        except Exception:  # noqa: BLE001 - the next time must come all the same
            logger.exception("a scheduled round could not be started")


async def start_by_schedule() -> None:
    """A round whose end the first superuser is told, once somebody can be told at all."""
    accounts = list(connected())
    while not accounts:
        await asyncio.sleep(_LOOK_S)
        accounts = list(connected())
    told = next(((account, member) for account in accounts for member in superusers_on(account)), (accounts[0], ""))
    try:
        text = await services().operating.rounds.start_by_schedule(*told)
    except NotStarted as error:
        logger.info("no scheduled round: {}", error)
        return
    logger.info("scheduled round: {}", text.partition("\n")[0])
    await tell_superusers(f"到了定好的训练时间。{text}")


background(lambda: _watch(schedule) if (schedule := services().base.config.round_schedule) else None)
