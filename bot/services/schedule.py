"""When a job that repeats is due."""

from __future__ import annotations

from datetime import datetime, timedelta

from local_time import local

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_time(schedule: str, after: datetime) -> datetime:
    """The first moment past *after* in China that *schedule* names: ``daily 04:30`` or ``sun 03:00``."""
    day, _, clock = schedule.partition(" ")
    hour, minute = map(int, clock.split(":"))
    after = local(after)
    due = after.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while due <= after or (day != "daily" and _DAYS[due.weekday()] != day):
        due += timedelta(days=1)
    return due
