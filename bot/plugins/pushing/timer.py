"""Winds the push clock; the database decides what is due."""

from __future__ import annotations

from typing import Any

from nonebot import get_driver, require

from bot.runtime import services
from bot.services.push.clock import EVERY_S

_scheduler: Any = require("nonebot_plugin_apscheduler").scheduler


async def _tick() -> None:
    await services().pushing.clock.tick()


@get_driver().on_startup
def _start() -> None:
    # However late: one tick makes up for all that a busy loop let pass.
    _scheduler.add_job(
        _tick, "interval", seconds=EVERY_S, id="push_clock", coalesce=True, max_instances=1, misfire_grace_time=None
    )
