"""The time of day of the people who prepare for the exam: China's, wherever the machine stands and whatever it is set to.

Days of quotas, boards, reviews and schedules turn at midnight there. A chat that named a zone of its own for its daily
practice has that one, see :mod:`bot.services.push.timetable`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """*moment*, which is aware, on the clocks of :data:`ZONE`."""
    return moment.astimezone(ZONE)


def local_now() -> datetime:
    return datetime.now(UTC).astimezone(ZONE)


def today() -> date:
    return local_now().date()
