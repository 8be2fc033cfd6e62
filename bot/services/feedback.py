"""What members say about answers: ratings, corrections, and their own history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections import subject as subjects
from bot.services.corrections.reporting import item_values
from bot.services.passport import Passport
from store import feedback as queries
from store import ratings, reviews
from store.db import Sessions
from store.models import Ask, Correction

MAX_PROPOSED_CHARS = 500
MAX_REASON_CHARS = 1000
_LARGEST_ID = 2**63 - 1


class FeedbackError(Exception):
    """Feedback that cannot be taken."""


class UnknownAsk(FeedbackError):
    """No such exchange, or somebody else's; the two are not told apart on purpose."""


class InvalidProposal(FeedbackError):
    """The proposal is empty or too long; the message is Chinese, for the member."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One correction the member made."""

    correction_id: int
    proposed: str
    reason: str
    status: str
    """``open`` until a reviewer settles it."""


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
    rating: Literal[1, -1, 0]
    proposals: tuple[Proposal, ...]
    received_at: datetime


class FeedbackService:
    """Takes ratings and corrections of a member's own exchanges."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def rate(self, ask_id: int, member_id: str, rating: Literal[1, -1, 0]) -> None:
        """Store the member's rating of the answer; the last word counts, 0 takes it back.

        Raises:
            UnknownAsk: not there, or not this member's.
        """
        _refuse_impossible(ask_id)
        async with self._sessions.begin() as session:
            if not await queries.hold_own_ask(session, ask_id=ask_id, member_id=member_id):
                raise UnknownAsk(ask_id)
            await ratings.rate(session, ask_id=ask_id, member_id=member_id, value=rating)

    async def propose(self, ask_id: int, member_id: str, proposed: str, reason: str) -> int:
        """Keep *proposed* as the right answer, for a reviewer; the correction's id.

        The same words again, also at the same instant, give the same id.

        Raises:
            UnknownAsk: not there, or not this member's.
            InvalidProposal: no answer in it, or too long.
        """
        _refuse_impossible(ask_id)
        proposed = _checked(proposed, "正确答案", MAX_PROPOSED_CHARS)
        reason = _checked(reason, "理由", MAX_REASON_CHARS)
        if not proposed:
            raise InvalidProposal("写上你认为正确的答案。")
        async with self._sessions.begin() as session:
            if not await queries.hold_own_ask(session, ask_id=ask_id, member_id=member_id):
                raise UnknownAsk(ask_id)
            known = await queries.same_correction(
                session, ask_id=ask_id, member_id=member_id, proposed=proposed, reason=reason
            )
            if known is not None:
                return known.id
            ask = await session.get_one(Ask, ask_id)
            item, _ = await reviews.open_item(session, await _item(session, ask))
            row = Correction(
                item_id=item.id,
                ask_id=ask_id,
                member_id=member_id,
                account=ask.account,
                group_id=ask.group_id,
                proposed=proposed,
                claim=blake2b(f"{proposed}\x1f{reason}".encode(), digest_size=16).hexdigest(),
                reason=reason,
            )
            session.add(row)
            await session.flush()
            return row.id

    async def history(self, member_id: str, limit: int) -> list[Exchange]:
        """The member's last *limit* exchanges, oldest first, with their proposals."""
        async with self._sessions() as session:
            asks = await queries.recent_asks(session, member_id=member_id, limit=limit)
            made = await queries.corrections_of(session, ask_ids=[ask.id for ask in asks], member_id=member_id)
            rated = await ratings.of_member(session, ask_ids=[ask.id for ask in asks], member_id=member_id)
        return [
            _exchange(ask, [row for row in made if row.ask_id == ask.id], rated.get(ask.id, 0))
            for ask in reversed(asks)
        ]


def _refuse_impossible(ask_id: int) -> None:
    """Ids outside the column's range would be a database error, not a missing row."""
    if not 0 < ask_id <= _LARGEST_ID:
        raise UnknownAsk(ask_id)


def _checked(text: str, name: str, limit: int) -> str:
    # PostgreSQL has no NUL in text.
    text = text.replace("\x00", "").strip()
    if len(text) > limit:
        raise InvalidProposal(f"{name}最多 {limit} 字，现在有 {len(text)} 字。")
    return text


async def _item(session: AsyncSession, ask: Ask) -> dict[str, object]:
    """Columns of the review item about the exchange; one without a question in it stands for itself."""
    subject = await subjects.of_ask(session, ask)
    if subject is not None:
        return item_values(subject)
    return {"subject": f"ask-{ask.id}", "ask_id": ask.id, "kind": "short", "stem": ask.text, "answered": ask.reply}


def _exchange(ask: Ask, made: list[Correction], rating: int) -> Exchange:
    return Exchange(
        ask_id=ask.id,
        question=ask.text,
        state=ask.state,
        reply=ask.reply,
        passport=Passport.model_validate(ask.passport) if ask.passport else None,
        rating=1 if rating == 1 else -1 if rating == -1 else 0,
        proposals=tuple(Proposal(row.id, row.proposed, row.reason, row.status) for row in made),
        received_at=ask.received_at,
    )
