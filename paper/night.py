"""Whether it is late: pictures are dark then."""

from __future__ import annotations

from datetime import datetime

from local_time import local_now

_FROM, _TO = 22, 6


def is_night(at: datetime | None = None) -> bool:
    """From ten in the evening to six in the morning, in local time."""
    hour = (at or local_now()).hour
    return hour >= _FROM or hour < _TO
