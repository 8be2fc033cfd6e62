"""Corrections by members and their fates; the caller owns the transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Correction, DatasetCorrection, DatasetVersion, Member, ReviewItem

TAKEN_BACK = "你自己撤回了"
"""Outcome of a withdrawn correction that its member took back; what has another one gave way to a newer correction."""


async def same_open(session: AsyncSession, *, item_id: int, member_id: str) -> Sequence[Correction]:
    """What the member has open about this item, oldest first."""
    rows = await session.scalars(
        select(Correction)
        .where(Correction.item_id == item_id, Correction.member_id == member_id, Correction.status == "open")
        .order_by(Correction.id)
    )
    return rows.all()


async def of_item(session: AsyncSession, item_id: int) -> Sequence[Correction]:
    """All corrections of the item, oldest first, whatever became of them."""
    rows = await session.scalars(select(Correction).where(Correction.item_id == item_id).order_by(Correction.id))
    return rows.all()


async def of_asks(session: AsyncSession, *, ask_ids: Collection[int], member_id: str) -> Sequence[Correction]:
    """What the member proposed for these exchanges, oldest first."""
    rows = await session.scalars(
        select(Correction)
        .where(Correction.ask_id.in_(ask_ids), Correction.member_id == member_id)
        .order_by(Correction.id)
    )
    return rows.all()


async def outcomes(session: AsyncSession, member_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Accepted and rejected corrections by member; members without either are left out."""
    rows = await session.execute(
        select(Correction.member_id, Correction.status, func.count())
        .where(Correction.member_id.in_(member_ids), Correction.status.in_(("accepted", "rejected")))
        .group_by(Correction.member_id, Correction.status)
    )
    found: dict[str, tuple[int, int]] = {}
    for member_id, status, count in rows:
        accepted, rejected = found.get(member_id, (0, 0))
        found[member_id] = (count, rejected) if status == "accepted" else (accepted, count)
    return found


async def made_since(session: AsyncSession, member_id: str, since: datetime) -> int:
    """How many corrections the member made since then."""
    statement = select(func.count()).select_from(Correction)
    return await session.scalar(statement.where(Correction.member_id == member_id, Correction.created_at >= since)) or 0


async def latest_of(session: AsyncSession, member_id: str, most: int) -> Sequence[tuple[Correction, ReviewItem]]:
    """The member's corrections with their items, newest first."""
    rows = await session.execute(
        select(Correction, ReviewItem)
        .join(ReviewItem, ReviewItem.id == Correction.item_id)
        .where(Correction.member_id == member_id)
        .order_by(Correction.id.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


def fate(row: Correction) -> str:
    """The correction's status, or ``replaced`` where it gave way to another one of its member."""
    replaced = row.status == "withdrawn" and row.outcome not in ("", TAKEN_BACK)
    return "replaced" if replaced else row.status


async def standing(session: AsyncSession, member_id: str) -> dict[str, int]:
    """How many of the member's corrections there are with each :func:`fate`."""
    rows = await session.scalars(select(Correction).where(Correction.member_id == member_id))
    return Counter(map(fate, rows))


async def hold_versions(session: AsyncSession, correction_id: int) -> None:
    """Lock the training sets that hold the correction, until the transaction ends."""
    holding = select(DatasetCorrection.dataset_id).where(DatasetCorrection.correction_id == correction_id)
    await session.execute(update(DatasetVersion).where(DatasetVersion.id.in_(holding)).values(name=DatasetVersion.name))


async def trained(session: AsyncSession, correction_ids: Collection[int]) -> dict[int, str]:
    """The first round that learnt from each correction; those that none used are left out."""
    rows = await session.execute(
        select(DatasetCorrection.correction_id, DatasetVersion.round)
        .join(DatasetVersion, DatasetVersion.id == DatasetCorrection.dataset_id)
        .where(DatasetCorrection.correction_id.in_(correction_ids), DatasetVersion.round.is_not(None))
        .order_by(DatasetVersion.id.desc())
    )
    return {row[0]: row[1] or "" for row in rows}


async def contributors(session: AsyncSession, *, group_id: str | None, most: int) -> list[tuple[str, str, int, int]]:
    """Member id, name, accepted and all corrections of who had most accepted, in the group or everywhere."""
    accepted = func.count().filter(Correction.status == "accepted")
    rows = await session.execute(
        select(Member.id, Member.name, accepted, func.count())
        .join(Correction, Correction.member_id == Member.id)
        .where(*([] if group_id is None else [Correction.group_id == group_id]), Correction.status != "withdrawn")
        .group_by(Member.id, Member.name)
        .having(accepted > 0)
        .order_by(accepted.desc(), Member.id)
        .limit(most)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
