"""The review queue; the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from store.models import ReadingMark, ReviewItem, ReviewVote, now


async def open_item(session: AsyncSession, values: Mapping[str, Any]) -> tuple[ReviewItem, bool]:
    """The open item of the question whose ``subject`` is in *values*, made of them when there is none, and whether
    it was. Its row stays locked until the transaction ends.

    Writes before it reads: two reports at the same instant wait for each other on both databases.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row: dict[str, Any] = {
        "options": [],
        "material": "",
        "answered": "",
        "times_asked": 0,
        "gain": 0.0,
        "status": "open",
        "verdict": "",
        "answer": "",
        "reason": "",
        "opened_at": now(),
        "causes": {},
        **values,
    }
    added = await session.execute(
        dialect.insert(ReviewItem)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["subject"], index_where=text("status = 'open'"))
        .returning(ReviewItem.id)
    )
    number = added.scalar_one_or_none()
    if number is not None:
        return await session.get_one(ReviewItem, number, populate_existing=True), True
    held = await session.execute(
        update(ReviewItem)
        .where(ReviewItem.subject == values["subject"], ReviewItem.status == "open")
        .values(subject=ReviewItem.subject)
        .returning(ReviewItem.id)
    )
    number = held.scalar_one_or_none()
    if number is None:
        # A reviewer settled it between the two statements: then this is a new matter.
        return await open_item(session, values)
    return await session.get_one(ReviewItem, number, populate_existing=True), False


async def lock_item(session: AsyncSession, item_id: int) -> ReviewItem | None:
    """The item, locked until the transaction ends; ``None`` for an unknown number."""
    held = await session.execute(
        update(ReviewItem).where(ReviewItem.id == item_id).values(subject=ReviewItem.subject).returning(ReviewItem.id)
    )
    if held.scalar_one_or_none() is None:
        return None
    return await session.get_one(ReviewItem, item_id, populate_existing=True)


async def hold_next(session: AsyncSession, reviewer: str, until: datetime) -> ReviewItem | None:
    """The open item of most gain that nobody else looks at and that waits for *reviewer*, held for the reviewer."""
    while True:
        moment = now()
        best = await session.scalar(
            select(ReviewItem.id)
            .where(ReviewItem.status == "open", _free(reviewer, moment), ReviewItem.id.not_in(_has_spoken(reviewer)))
            .order_by(ReviewItem.gain.desc(), ReviewItem.id)
            .limit(1)
        )
        if best is None:
            return None
        held = await session.execute(
            update(ReviewItem)
            .where(ReviewItem.id == best, ReviewItem.status == "open", _free(reviewer, moment))
            .values(held_by=reviewer, held_until=until)
            .returning(ReviewItem.id)
        )
        # Between the two statements another reviewer may have taken it: then the next best is due.
        if (number := held.scalar_one_or_none()) is not None:
            return await session.get_one(ReviewItem, number, populate_existing=True)


async def release(session: AsyncSession, reviewer: str) -> None:
    """Give back what the reviewer was looking at."""
    await session.execute(
        update(ReviewItem).where(ReviewItem.held_by == reviewer).values(held_by=None, held_until=None)
    )


async def waiting(session: AsyncSession, reviewer: str) -> int:
    """How many open items wait for *reviewer*."""
    voted = _has_spoken(reviewer)
    statement = select(func.count()).select_from(ReviewItem)
    return await session.scalar(statement.where(ReviewItem.status == "open", ReviewItem.id.not_in(voted))) or 0


async def votes(session: AsyncSession, item_id: int) -> Sequence[ReviewVote]:
    """The reviewers' last words on the item, oldest first."""
    rows = await session.scalars(select(ReviewVote).where(ReviewVote.item_id == item_id).order_by(ReviewVote.id))
    return rows.all()


async def vote(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Keep a reviewer's vote in place of an earlier one on the same item."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {**values, "created_at": now()}
    changed = {name: value for name, value in row.items() if name not in ("item_id", "reviewer")}
    await session.execute(
        dialect.insert(ReviewVote)
        .values(**row)
        .on_conflict_do_update(index_elements=["item_id", "reviewer"], set_=changed)
    )


async def settled_lately(session: AsyncSession, subject: str, since: datetime) -> bool:
    """Whether the question was turned down by a reviewer since then, for good or as unanswerable."""
    found = await session.scalar(
        select(ReviewItem.id)
        .where(
            ReviewItem.subject == subject,
            or_(ReviewItem.status == "rejected", ReviewItem.verdict == "unanswerable"),
            ReviewItem.status.in_(("rejected", "approved")),
            ReviewItem.decided_at >= since,
        )
        .limit(1)
    )
    return found is not None


async def last_decision(session: AsyncSession, subject: str) -> ReviewItem | None:
    """The latest approved decision about the question with this fingerprint."""
    return await session.scalar(
        select(ReviewItem)
        .where(ReviewItem.subject == subject, ReviewItem.status == "approved")
        .order_by(ReviewItem.decided_at.desc(), ReviewItem.id.desc())
        .limit(1)
    )


async def mark(session: AsyncSession, name: str) -> int:
    """How far the collector *name* has read; its row stays locked, so that two processes take turns."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    await session.execute(dialect.insert(ReadingMark).values(name=name, at=0).on_conflict_do_nothing())
    held = await session.execute(
        update(ReadingMark).where(ReadingMark.name == name).values(at=ReadingMark.at).returning(ReadingMark.at)
    )
    return held.scalar_one()


async def set_mark(session: AsyncSession, name: str, at: int) -> None:
    await session.execute(update(ReadingMark).where(ReadingMark.name == name).values(at=at))


async def skipped(session: AsyncSession, reviewer: str) -> Sequence[int]:
    """Open items that the reviewer has put aside, oldest first: they come no more by themselves."""
    rows = await session.scalars(
        select(ReviewItem.id)
        .join(ReviewVote, ReviewVote.item_id == ReviewItem.id)
        .where(ReviewItem.status == "open", ReviewVote.reviewer == reviewer, ReviewVote.verdict == "skip")
        .order_by(ReviewItem.id)
    )
    return rows.all()


def _has_spoken(reviewer: str) -> Select[int]:
    """Items on which the reviewer has had the last word so far; where others spoke since, it is asked again."""
    other = aliased(ReviewVote)
    answered = (
        select(other.id)
        .where(
            other.item_id == ReviewVote.item_id,
            other.reviewer != reviewer,
            other.verdict != "skip",
            other.created_at > ReviewVote.created_at,
        )
        .exists()
    )
    return select(ReviewVote.item_id).where(ReviewVote.reviewer == reviewer, ~answered)


def _free(reviewer: str, moment: datetime) -> ColumnElement[bool]:
    return or_(ReviewItem.held_by.is_(None), ReviewItem.held_by == reviewer, ReviewItem.held_until < moment)
