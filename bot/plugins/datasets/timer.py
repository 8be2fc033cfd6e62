"""Builds training sets when the schedule says so, and tells superusers when there is a new one."""

from __future__ import annotations

from loguru import logger

from bot.plugins.core.background import background
from bot.plugins.core.schedule import next_turn, tell_superusers
from bot.runtime import services


async def _watch(schedule: str) -> None:
    while True:
        await next_turn(schedule)
        told = await services().operating.datasets.build()
        logger.info("scheduled training set: {}", told.text.partition("\n")[0])
        if told.fresh:
            await tell_superusers(told.text, told.picture)


background(lambda: _watch(schedule) if (schedule := services().base.config.dataset_schedule) else None)
