"""What members have contributed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store import corrections as queries
from store.db import Sessions

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Contribution:
    """One correction and its fate."""

    correction_id: int
    stem: str
    proposed: str
    status: str
    """As :func:`store.corrections.fate`: open, accepted, rejected, withdrawn or replaced."""
    outcome: str
    round: str
    """The first training round that learnt from it; empty while none did."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's account with the project."""

    counts: dict[str, int]
    """Corrections by status, as each :class:`Contribution` has it."""
    latest: tuple[Contribution, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class Contributor:
    name: str
    accepted: int
    made: int


class ContributionLedger:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def of(self, member_id: str, most: int = _SHOWN) -> Standing:
        """What the member reported, with the fate of each."""
        async with self._sessions() as session:
            counts = await queries.standing(session, member_id)
            rows = await queries.latest_of(session, member_id, most)
            rounds = await queries.trained(session, [row.id for row, _ in rows])
        latest = tuple(
            Contribution(
                row.id, item.stem, row.proposed, queries.fate(row), row.outcome, rounds.get(row.id, ""), row.created_at
            )
            for row, item in rows
        )
        return Standing(counts, latest)

    async def board(self, group_id: str | None, most: int = 10) -> list[Contributor]:
        """Who had most corrections accepted, in the group or everywhere."""
        async with self._sessions() as session:
            rows = await queries.contributors(session, group_id=group_id, most=most)
        return [Contributor(name or "一位成员", accepted, made) for _, name, accepted, made in rows]
