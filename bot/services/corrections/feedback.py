"""What members think of answers, and a member's own history with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.services.corrections import CorrectionService, Reported
from bot.services.corrections.reporting import Reporter
from bot.services.passport import Passport
from store import asks, corrections, people, ratings
from store.db import Sessions
from store.models import Ask, Correction

Rating = Literal[1, -1, 0]
_LARGEST_ID = 2**63 - 1


class UnknownAsk(Exception):
    """No such exchange, or somebody else's; the two are not told apart on purpose."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One correction the member made."""

    correction_id: int
    proposed: str
    reason: str
    status: str
    """As :func:`store.corrections.fate`: open, accepted, rejected, withdrawn or replaced."""
    outcome: str = ""
    """Why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question the member asked and what came of it."""

    ask_id: int
    question: str
    state: str
    """As in ``store.models.Ask``: received, answered, refused, failed or interrupted."""
    reply: str
    """Empty unless answered or refused."""
    passport: Passport | None
    rating: Rating
    proposals: tuple[Proposal, ...]
    received_at: datetime


class FeedbackService:
    """Takes ratings and corrections where everybody sees only their own exchanges, and ratings in chats."""

    def __init__(self, sessions: Sessions, made: CorrectionService) -> None:
        self._sessions = sessions
        self._corrections = made

    async def rate(self, ask_id: int, member_id: str, rating: Rating) -> None:
        """Store the member's rating of its own exchange; the last word counts, 0 takes it back.

        Raises:
            UnknownAsk: not there, or not this member's.
        """
        await self._refuse_strangers(ask_id, member_id)
        async with self._sessions.begin() as session:
            await ratings.rate(session, ask_id=ask_id, member_id=member_id, value=rating)

    async def rate_seen(self, ask_id: int, member_id: str, rating: Rating, *, name: str = "") -> None:
        """As :meth:`rate`, for an answer in a chat: whoever saw it may say what they think."""
        async with self._sessions.begin() as session:
            await people.meet(session, member_id, name)
            await ratings.rate(session, ask_id=ask_id, member_id=member_id, value=rating)

    async def take_back(self, ask_id: int, member_id: str, rating: Literal[1, -1]) -> None:
        """Forget the member's rating, unless it has become another one since."""
        async with self._sessions.begin() as session:
            await ratings.take_back(session, ask_id=ask_id, member_id=member_id, value=rating)

    async def propose(self, ask_id: int, reporter: Reporter, proposed: str, reason: str) -> Reported:
        """Take a correction of the member's own exchange.

        Raises:
            UnknownAsk: not there, or not this member's.
            corrections.Refused: see :meth:`CorrectionService.report`.
        """
        await self._refuse_strangers(ask_id, reporter.member_id)
        return await self._corrections.report(ask_id, reporter, proposed, reason)

    async def history(self, member_id: str, limit: int) -> list[Exchange]:
        """The member's last *limit* exchanges, oldest first, with their proposals."""
        async with self._sessions() as session:
            rows = await asks.recent(session, member_id=member_id, limit=limit)
            ids = [ask.id for ask in rows]
            made = await corrections.of_asks(session, ask_ids=ids, member_id=member_id)
            rated = await ratings.of_member(session, ask_ids=ids, member_id=member_id)
        return [
            _exchange(ask, [row for row in made if row.ask_id == ask.id], rated.get(ask.id, 0))
            for ask in reversed(rows)
        ]

    async def _refuse_strangers(self, ask_id: int, member_id: str) -> None:
        # Ids outside the column's range would be a database error, not a missing row.
        if not 0 < ask_id <= _LARGEST_ID:
            raise UnknownAsk(ask_id)
        async with self._sessions() as session:
            if not await asks.is_of(session, ask_id=ask_id, member_id=member_id):
                raise UnknownAsk(ask_id)


def _exchange(ask: Ask, made: list[Correction], rating: int) -> Exchange:
    return Exchange(
        ask_id=ask.id,
        question=ask.text,
        state=ask.state,
        reply=ask.reply,
        passport=Passport.model_validate(ask.passport) if ask.passport else None,
        rating=1 if rating == 1 else -1 if rating == -1 else 0,
        proposals=tuple(Proposal(row.id, row.proposed, row.reason, corrections.fate(row), row.outcome) for row in made),
        received_at=ask.received_at,
    )
