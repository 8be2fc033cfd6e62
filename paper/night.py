"""Whether it is late: pictures are dark then."""

from __future__ import annotations

from datetime import UTC, datetime

_FROM, _TO = 22, 6


def is_night(at: datetime | None = None) -> bool:
    """From ten in the evening to six in the morning, in local time."""
    hour = (at or datetime.now(UTC).astimezone()).hour
    return hour >= _FROM or hour < _TO
