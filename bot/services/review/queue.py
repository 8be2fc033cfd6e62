"""The queue as a reviewer meets it: the most useful item that nobody else looks at, with all there is to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.passport import Passport
from bot.services.review import applying, temptation
from bot.services.review.deciding import NotDecidable, leading, offered, over
from bot.services.review.opinion import OpinionService
from bot.services.review.reviewers import Reviewers
from bot.services.review.temptation import TemptationCard
from local_time import today
from store import bank, corrections, reviews
from store.bank import BankItem
from store.db import Sessions
from store.models import Ask, Correction, Question, ReviewItem, ReviewVote, now
from store.search import IndexKeeper

HELD_FOR = timedelta(minutes=10)
_NEAR = 2
_PASSING = {"conflict", "expired", "unanswered", "low_confidence"}
"""Causes that end when the bank changes."""


@dataclass(frozen=True, slots=True)
class Card:
    """An item and what bears on it."""

    item: ReviewItem
    question: Question | None
    """The bank's, as it is now."""
    passport: Passport | None
    """Of the exchange that shows the matter."""
    made: tuple[Correction, ...]
    """Open corrections, the first one first."""
    proposed: Correction | None
    """The one that a bare 通过 would take."""
    offered: str
    """The answer in words that a bare 通过 would take; empty when there is none."""
    votes: tuple[ReviewVote, ...]
    """Of other reviewers."""
    near: tuple[BankItem, ...]
    opinion: str
    needed: int
    """Reviewers who must agree to change the bank's answer."""
    waiting: int
    """Items in the queue, this one counted."""


class QueueService:
    def __init__(
        self,
        sessions: Sessions,
        reviewers: Reviewers,
        opinions: OpinionService,
        index: IndexKeeper | None,
        *,
        overturn_votes: int,
    ) -> None:
        self._sessions = sessions
        self._reviewers = reviewers
        self._opinions = opinions
        self._index = index
        self._overturn_votes = overturn_votes

    async def next(self, reviewer: str) -> Card | TemptationCard | None:
        """The item of most gain for the person *reviewer*, held for ten minutes; ``None`` when nothing waits."""
        while True:
            async with self._sessions.begin() as session:
                await reviews.release(session, reviewer)
                item = await reviews.hold_next(session, reviewer, now() + HELD_FOR)
                if item is None:
                    return None
                if await self._passed(session, item):
                    continue
                waiting = await reviews.waiting(session, reviewer)
            return await self._card(item, reviewer, waiting)

    async def open(self, item_id: int, reviewer: str) -> Card | TemptationCard:
        """A certain item, held for the reviewer.

        Raises:
            NotDecidable: unknown, settled, or another reviewer looks at it.
        """
        async with self._sessions.begin() as session:
            item = await reviews.lock_item(session, item_id)
            if item is None:
                raise NotDecidable(f"没有编号为 {item_id} 的待审。")
            if item.status != "open":
                raise NotDecidable(f"审核 {item_id} {over(item)}。")
            if item.held_by not in (None, reviewer) and item.held_until and item.held_until > now():
                raise NotDecidable(f"另一位审核人正在看审核 {item_id}，稍后再来。")
            await reviews.release(session, reviewer)
            item.held_by, item.held_until = reviewer, now() + HELD_FOR
            await session.flush()
            waiting = await reviews.waiting(session, reviewer)
        return await self._card(item, reviewer, waiting)

    async def leave(self, reviewer: str) -> None:
        """Give back what the reviewer was looking at."""
        async with self._sessions.begin() as session:
            await reviews.release(session, reviewer)

    async def waiting(self, reviewer: str) -> int:
        """How many items wait for this person."""
        async with self._sessions() as session:
            return await reviews.waiting(session, reviewer)

    async def skipped(self, reviewer: str) -> Sequence[int]:
        """Open items that this person has skipped, oldest first."""
        async with self._sessions() as session:
            return await reviews.skipped(session, reviewer)

    async def _passed(self, session: AsyncSession, item: ReviewItem) -> bool:
        """Whether the bank has changed so that there is nothing left to decide; the item is closed then."""
        if temptation.is_about(item):
            if await temptation.card_of(session, item, 0) is not None:
                return False
            item.status, item.decided_at = "moot", now()
            await session.flush()
            return True
        if not item.causes or not set(item.causes) <= _PASSING:
            return False
        question = await applying.question_of(session, item)
        if any(_lasts(cause, question) for cause in item.causes):
            return False
        item.status, item.decided_at = "moot", now()
        await session.flush()
        return True

    async def _card(self, item: ReviewItem, reviewer: str, waiting: int) -> Card | TemptationCard:
        async with self._sessions() as session:
            if temptation.is_about(item):
                if (about := await temptation.card_of(session, item, waiting)) is None:
                    raise NotDecidable(f"审核 {item.id} 的题改过了，不用再审。")
                return about
            question = await applying.question_of(session, item)
            ask = await session.get(Ask, item.ask_id) if item.ask_id is not None else None
            made = [one for one in await corrections.of_item(session, item.id) if one.status == "open"]
            votes = [vote for vote in await reviews.votes(session, item.id) if vote.reviewer != reviewer]
            near = await self._near(session, item)
        opinion = await self._opinions.of(item, made)
        return Card(
            item,
            question,
            Passport.model_validate(ask.passport) if ask is not None and ask.passport else None,
            tuple(made),
            leading(made),
            offered(item, question, made),
            tuple(vote for vote in votes if vote.verdict != "skip"),
            tuple(near),
            opinion,
            self._needed(question, made),
            waiting,
        )

    def _needed(self, question: Question | None, made: Sequence[Correction]) -> int:
        if question is None or not question.answer or question.status == "retired":
            return 1
        reporters = self._reviewers.among(one.member_id for one in made)
        return self._reviewers.needed(self._overturn_votes, reporters)

    async def _near(self, session: AsyncSession, item: ReviewItem) -> list[BankItem]:
        if self._index is None:
            return []
        found = [one.id for one in self._index.find(item.stem, _NEAR + 2) if one.id != item.question_id]
        return [entry[0] for entry in await bank.by_ids(session, found)][:_NEAR]


def _lasts(cause: str, question: Question | None) -> bool:
    """Whether a cause that ends when the bank changes is still there."""
    expired = question is not None and question.valid_until is not None and question.valid_until < today()
    match cause:
        case "conflict":
            return question is not None and question.status == "disputed"
        case "expired":
            return question is not None and question.status == "active" and expired
        case _:
            return question is None or question.status != "active" or expired
