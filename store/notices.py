"""Sentences that wait to be sent; the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Correction, DatasetCorrection, DatasetVersion, Notice, ReviewItem, now


async def take(
    session: AsyncSession, accounts: Sequence[str], *, most: int, again_after: timedelta
) -> Sequence[Notice]:
    """The oldest *most* that are due for these accounts, marked as tried; others do not get them before *again_after*."""
    moment = now()
    due = (Notice.account.in_(accounts), Notice.sent_at.is_(None), Notice.next_try_at <= moment)
    chosen = select(Notice.id).where(*due).order_by(Notice.id).limit(most)
    # The condition stands in the update as well: of two processes the second finds it changed.
    taken = await session.execute(
        update(Notice)
        .where(Notice.id.in_(chosen.scalar_subquery()), *due)
        .values(tries=Notice.tries + 1, next_try_at=moment + again_after)
        .returning(Notice.id)
    )
    ids = sorted(taken.scalars())
    rows = await session.scalars(
        select(Notice).where(Notice.id.in_(ids)).order_by(Notice.id).execution_options(populate_existing=True)
    )
    return rows.all()


async def forget(session: AsyncSession, correction_ids: Collection[int]) -> None:
    """Take back the outcomes of these corrections that nobody has been told yet."""
    await session.execute(
        delete(Notice).where(
            Notice.correction_id.in_(correction_ids), Notice.cause == "settled", Notice.sent_at.is_(None)
        )
    )


async def finish(session: AsyncSession, notice_id: int, *, problem: str) -> None:
    """No more tries: it went out, or *problem* says why it never will."""
    await session.execute(update(Notice).where(Notice.id == notice_id).values(sent_at=now(), problem=problem[:64]))


async def unannounced(session: AsyncSession, serving: str) -> DatasetVersion | None:
    """The set that the serving round learnt from, unless its reporters were told already; locked."""
    held = await session.execute(
        update(DatasetVersion)
        .where(DatasetVersion.round == serving, DatasetVersion.announced_at.is_(None))
        .values(name=DatasetVersion.name)
        .returning(DatasetVersion.id)
    )
    number = held.scalar_one_or_none()
    return None if number is None else await session.get_one(DatasetVersion, number, populate_existing=True)


async def corrections_in(session: AsyncSession, dataset_id: int) -> list[tuple[Correction, ReviewItem]]:
    """The accepted corrections that a set holds and that no earlier round was announced with, with their items."""
    told = select(Notice.correction_id).where(Notice.cause == "live")
    rows = await session.execute(
        select(Correction, ReviewItem)
        .join(DatasetCorrection, DatasetCorrection.correction_id == Correction.id)
        .join(ReviewItem, ReviewItem.id == Correction.item_id)
        .where(DatasetCorrection.dataset_id == dataset_id, Correction.status == "accepted", Correction.id.not_in(told))
        .order_by(Correction.id)
    )
    return [(row[0], row[1]) for row in rows]
