"""Keeping answers: what each is worth, and whose right one settles a race."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.incoming import Incoming
from bot.services.judging import Verdict
from bot.services.quiz import scoring
from bot.services.quiz.record import Record
from store import quiz_answers, quizzes, study
from store.models import QuizAnswer, QuizItem


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer as it was given: what becomes of the question afterwards, a pause or a hint, changes it no more."""

    item: QuizItem
    values: dict[str, Any]
    points: int
    """If it is right."""
    received_at: datetime

    def judged(self, *, right: bool, by: str, reason: str) -> dict[str, Any]:
        """All that is kept of it."""
        points = self.points if right else 0
        return {**self.values, "right": right, "points": points, "judged_by": by, "reason": reason[:500]}


class Kept(NamedTuple):
    answer: QuizAnswer
    first: bool
    """It is the right answer that settled the question."""


class Scorebook:
    """Everything counts as of the moment when it was received, however long its verdict took.

    In a race the first right answer that is known settles the question: nobody who is right
    waits for an opinion on somebody else. An answer found right later scores as well when it
    was received before the question was settled, for with a quicker judge it would have won;
    the other one keeps what it was told. One that was received afterwards is right without points.
    """

    def __init__(self, record: Record, answered: Callable[[], None]) -> None:
        """*answered* is told that there are new answers."""
        self._record = record
        self._answered = answered

    def claim(self, item: QuizItem, incoming: Incoming) -> Claim:
        """The answer that *incoming* gives to the open *item*."""
        assert item.opened_at is not None
        took_s = max(0.0, (incoming.received_at - item.opened_at).total_seconds())
        limit_s = self._record.limit_s(item)
        values = {
            "item_id": item.id,
            "member_id": incoming.member_id,
            "member_name": incoming.member_name[:64],
            "message_id": incoming.message_id[:128],
            "text": incoming.text[:512],
            "took_ms": round(took_s * 1000),
            "answered_at": incoming.received_at,
        }
        points = scoring.points(item.asked, took_s=took_s, limit_s=limit_s, hints=item.hints)
        return Claim(item, values, points, incoming.received_at)

    async def keep(self, claim: Claim, verdict: Verdict, *, again: bool) -> Kept | None:
        """Keep an answer to the open question; ``None`` when none more is taken of this member.

        With *again* a wrong answer may be followed by another one.
        """
        values = claim.judged(right=verdict.right, by="rule", reason=verdict.reason)
        async with self._record.writing() as session:
            number = await quiz_answers.answer(session, values, again=again)
            if number is None:
                return None
            first = verdict.right and await self._settles(session, claim)
            if verdict.right and self._record.race and not first:
                # Another process heard somebody else first.
                values["points"] = 0
                await quiz_answers.score(session, number, 0)
        return self._told(claim, number, values, first=first)

    async def find_right(self, claim: Claim, reason: str) -> Kept | None:
        """The model finds the answer right; ``None`` when that changes nothing any more."""
        values = claim.judged(right=True, by="model", reason=reason)
        async with self._record.writing() as session:
            first = await self._settles(session, claim)
            if self._record.race and not first:
                settled_at = await quizzes.settled_at(session, claim.item.id)
                if settled_at is not None and settled_at <= claim.received_at:
                    values["points"] = 0
            found = await quiz_answers.found_right(session, values)
            if found is None:
                # A person has judged it, or the member was right with another try: that settled the question.
                await session.rollback()
                return None
            number, learned = found
            if learned and claim.item.question_id is not None:
                await study.corrected(session, values["member_id"], claim.item.question_id, right=True)
        return self._told(claim, number, values, first=first)

    async def find_wrong(self, kept: QuizAnswer, reason: str) -> None:
        """The model finds the *kept* answer wrong, as the rule did."""
        async with self._record.writing() as session:
            await quiz_answers.found_wrong(session, kept, reason)

    async def _settles(self, session: AsyncSession, claim: Claim) -> bool:
        winner = {"winner": claim.values["member_id"], "settled_at": claim.received_at}
        return self._record.race and await quizzes.change_item(
            session, claim.item.id, "open", state="settled", **winner
        )

    def _told(self, claim: Claim, number: int, values: dict[str, Any], *, first: bool) -> Kept:
        self._answered()
        if first:
            winner = {"winner": values["member_id"], "settled_at": claim.received_at}
            self._record.know(claim.item, state="settled", **winner)
        return Kept(QuizAnswer(id=number, **values), first)
