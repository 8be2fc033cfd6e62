"""A member's own exchanges and what it said of them; the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Ask, Correction


async def hold_own_ask(session: AsyncSession, *, ask_id: int, member_id: str) -> bool:
    """Whether the exchange is the member's own; its row stays locked until the transaction ends.

    A write that changes nothing, because SQLite has no ``FOR UPDATE``: it makes
    two proposals at the same instant wait for each other on both databases.
    """
    held = await session.execute(
        update(Ask).where(Ask.id == ask_id, Ask.member_id == member_id).values(state=Ask.state).returning(Ask.id)
    )
    return held.scalar_one_or_none() is not None


async def same_correction(
    session: AsyncSession, *, ask_id: int, member_id: str, proposed: str, reason: str
) -> Correction | None:
    """The correction that says word for word the same, if the member already made it."""
    return await session.scalar(
        select(Correction)
        .where(
            Correction.ask_id == ask_id,
            Correction.member_id == member_id,
            Correction.proposed == proposed,
            Correction.reason == reason,
        )
        .order_by(Correction.id)
        .limit(1)
    )


async def recent_asks(session: AsyncSession, *, member_id: str, limit: int) -> Sequence[Ask]:
    """The member's last *limit* exchanges, newest first."""
    rows = await session.scalars(select(Ask).where(Ask.member_id == member_id).order_by(Ask.id.desc()).limit(limit))
    return rows.all()


async def corrections_of(session: AsyncSession, *, ask_ids: Collection[int], member_id: str) -> Sequence[Correction]:
    """What the member proposed for these exchanges, oldest first."""
    rows = await session.scalars(
        select(Correction)
        .where(Correction.ask_id.in_(ask_ids), Correction.member_id == member_id)
        .order_by(Correction.id)
    )
    return rows.all()
