"""When a job that repeats is due."""

from __future__ import annotations

from datetime import datetime, timedelta

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_time(schedule: str, after: datetime) -> datetime:
    """The first moment past *after* (aware, local) that *schedule* names: ``daily 04:30`` or ``sun 03:00``."""
    day, _, clock = schedule.partition(" ")
    hour, minute = map(int, clock.split(":"))
    due = after.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while due <= after or (day != "daily" and _DAYS[due.weekday()] != day):
        due += timedelta(days=1)
    # The day's own offset: clocks may have changed in between.
    return due.replace(tzinfo=None).astimezone()
