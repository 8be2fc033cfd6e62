"""Ids made by the writer, so that rows can be queued without asking the database."""

from __future__ import annotations

import secrets
import time
from datetime import datetime

_EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
_last = 0


def new_id() -> int:
    """A positive 63-bit id: 41 bits of milliseconds since 2024, then 22 random bits.

    Ids of one process grow strictly; two processes meet with odds of one in four
    million per shared millisecond, and the primary key then refuses the second.
    """
    global _last
    fresh = ((time.time_ns() // 1_000_000 - _EPOCH_MS) << 22) | secrets.randbits(22)
    _last = max(fresh, _last + 1)
    return _last


def floor_id(moment: datetime) -> int:
    """The smallest id that could have been made at *moment*: earlier rows have smaller ones."""
    return (round(moment.timestamp() * 1000) - _EPOCH_MS) << 22
