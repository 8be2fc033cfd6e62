"""Taking a reviewer's decision back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.review import fates
from bot.services.review.deciding import NotDecidable
from store import bank, decisions, questions, reviews
from store.db import Sessions
from store.models import Question, ReviewItem, ReviewVote


class UndoService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def undo(self, item_id: int) -> ReviewItem:
        """Restore the bank, drop the gate case and open the item again for another decision.

        What something else changed since stays. Returns the item.

        Raises:
            NotDecidable: unknown, not decided, or the same question waits under another number.
        """
        async with self._sessions.begin() as session:
            item = await reviews.lock_item(session, item_id)
            if item is None:
                raise NotDecidable(f"没有编号为 {item_id} 的审核。")
            if item.status not in ("approved", "rejected"):
                raise NotDecidable(f"审核 {item_id} 没有可以撤销的决定。")
            await self._refuse_double(session, item)
            await questions.lock_bank(session)
            version = await bank.bump_version(session)
            await decisions.undo(session, item, version)
            await self._settle_status(session, item)
            await fates.reopen(session, item)
            for vote in await session.scalars(select(ReviewVote).where(ReviewVote.item_id == item.id)):
                await session.delete(vote)
            item.status, item.verdict, item.answer, item.reason = "open", "", "", ""
            item.decided_by = item.decided_at = None
            await session.flush()
        return item

    async def _refuse_double(self, session: AsyncSession, item: ReviewItem) -> None:
        other = await session.scalar(
            select(ReviewItem.id).where(ReviewItem.subject == item.subject, ReviewItem.status == "open")
        )
        if other is not None:
            raise NotDecidable(f"这道题又有新的待审（审核 {other}），先处理那一件。")

    async def _settle_status(self, session: AsyncSession, item: ReviewItem) -> None:
        """A question whose second key is open again is disputed again."""
        if item.question_id is None:
            return
        question = await session.get(Question, item.question_id, populate_existing=True)
        if question is not None and question.status == "active" and await decisions.open_rivals(session, question.id):
            question.status = "disputed"
