"""Taking a reviewer's decision back."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.reporting import weigh
from bot.services.review import fates, temptation
from bot.services.review.deciding import NotDecidable
from store import bank, decisions, questions, reviews
from store.db import Sessions
from store.models import Question, ReviewItem, ReviewVote, now


class UndoService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def undo(self, item_id: int) -> ReviewItem:
        """Restore the bank, drop the gate case and open the item again for another decision.

        What something else changed since stays. Returns the item.

        Raises:
            NotDecidable: unknown, not decided, decided about again since, or the same question waits under
                another number.
        """
        try:
            async with self._sessions.begin() as session:
                return await self._undo(session, item_id)
        except IntegrityError as error:
            raise NotDecidable("这道题刚刚又有人提，先处理新的那一件。") from error

    async def _undo(self, session: AsyncSession, item_id: int) -> ReviewItem:
        # Before the item, as whoever decides takes the two.
        await questions.lock_bank(session)
        item = await reviews.lock_item(session, item_id)
        if item is None:
            raise NotDecidable(f"没有编号为 {item_id} 的审核。")
        if item.status not in ("approved", "rejected"):
            raise NotDecidable(f"审核 {item_id} 没有可以撤销的决定。")
        await self._refuse_double(session, item)
        await self._refuse_overtaken(session, item)
        version = await bank.bump_version(session)
        await decisions.undo(session, item, version)
        await self._settle_status(session, item, version)
        await fates.reopen(session, item)
        await temptation.reopen(session, item)
        await session.execute(delete(ReviewVote).where(ReviewVote.item_id == item.id))
        item.status, item.verdict, item.answer, item.reason = "open", "", "", ""
        item.decided_by = item.decided_at = None
        item.held_by = item.held_until = None
        await session.flush()
        await weigh(session, item)
        if not item.causes:
            # Everybody who had brought it up has taken that back.
            item.status, item.decided_at = "undone", now()
        await session.flush()
        return item

    async def _refuse_double(self, session: AsyncSession, item: ReviewItem) -> None:
        other = await session.scalar(
            select(ReviewItem.id).where(ReviewItem.subject == item.subject, ReviewItem.status == "open")
        )
        if other is not None:
            raise NotDecidable(f"这道题又有新的待审（审核 {other}），先处理那一件。")

    async def _refuse_overtaken(self, session: AsyncSession, item: ReviewItem) -> None:
        """What was decided about the question afterwards rests on this decision."""
        if item.question_id is None or item.decided_at is None:
            return
        later = await session.scalar(
            select(ReviewItem.id)
            .where(
                ReviewItem.question_id == item.question_id,
                ReviewItem.id != item.id,
                ReviewItem.status.in_(("approved", "rejected")),
                ReviewItem.decided_at > item.decided_at,
            )
            .order_by(ReviewItem.decided_at.desc())
            .limit(1)
        )
        if later is not None:
            raise NotDecidable(f"这道题后来又审过（审核 {later}），先撤销那一件。")

    async def _settle_status(self, session: AsyncSession, item: ReviewItem, version: int) -> None:
        """A question whose second key is open again is disputed again."""
        if item.question_id is None:
            return
        question = await session.get(Question, item.question_id, populate_existing=True)
        if question is not None and question.status == "active" and await decisions.open_rivals(session, question.id):
            question.status, question.changed_in = "disputed", version
