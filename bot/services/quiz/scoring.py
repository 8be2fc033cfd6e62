"""Points, and the time that a question gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LIMITS_S = {"judge": 20, "single": 30, "multiple": 45, "short": 45}
_CHARS_A_SECOND = 8
"""Reading on a phone: what a question has beyond an average one takes longer."""
_AVERAGE_CHARS = 120
_QUICK = 1 / 3
"""Of the time: right within it is worth a point more."""
_PLAIN = 2
"""Points of a question that nobody called easy or hard."""


def limit_of(asked: Mapping[str, Any]) -> int:
    """Seconds for a question, by its kind and its length."""
    chars = len(asked["stem"]) + sum(len(option) for option in asked["options"])
    return _LIMITS_S.get(asked["kind"], 30) + max(0, chars - _AVERAGE_CHARS) // _CHARS_A_SECOND


def worth(asked: Mapping[str, Any]) -> int:
    """Points of a right answer without hints, slow."""
    difficulty: int | None = asked.get("difficulty")
    return _PLAIN if difficulty is None else max(1, difficulty)


def points(asked: Mapping[str, Any], *, took_s: float, limit_s: float, hints: int) -> int:
    """Of a right answer: more when it was quick, half for each hint, but at least one."""
    full = worth(asked) + (1 if took_s <= limit_s * _QUICK else 0)
    return max(1, full >> hints)
