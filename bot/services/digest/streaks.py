"""Days in a row: of a chat, and of its members. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from store.digests import Part

ALIVE = 3
"""So many answers make a day of a group's streak."""


def chat_streak(days: Sequence[date], parts: Sequence[Part], *, least: int, until: date) -> int:
    """Digests' days in a row, the last one no later than *until*, with at least so many answers each.

    A day without a digest neither counts nor breaks it: a chat that is asked on working days only rests at weekends.
    """
    answers: Counter[date] = Counter()
    for part in parts:
        answers[part.day] += part.answers
    return _in_a_row(days, {day for day, count in answers.items() if count >= least}, until)


def member_streaks(days: Sequence[date], parts: Sequence[Part], *, until: date) -> dict[str, int]:
    """By member who answered on *until*: its days in a row, counted as :func:`chat_streak` does."""
    mine: dict[str, set[date]] = {}
    for part in parts:
        mine.setdefault(part.member_id, set()).add(part.day)
    return {member: _in_a_row(days, on, until) for member, on in mine.items() if until in on}


def _in_a_row(days: Sequence[date], good: set[date], until: date) -> int:
    count = 0
    for day in sorted((one for one in days if one <= until), reverse=True):
        if day not in good:
            break
        count += 1
    return count
