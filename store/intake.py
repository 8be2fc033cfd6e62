"""What has happened that a reviewer should see; the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, String, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from local_time import ZONE
from store.models import Ask, Question, Rating, ReviewItem


async def asks_between(session: AsyncSession, after: int, before: int, most: int) -> Sequence[Ask]:
    """The oldest *most* exchanges with ids between the two."""
    rows = await session.scalars(select(Ask).where(Ask.id > after, Ask.id < before).order_by(Ask.id).limit(most))
    return rows.all()


async def downs_since(session: AsyncSession, since: datetime, most: int) -> Sequence[tuple[Ask, datetime]]:
    """Exchanges that somebody found unhelpful after *since*, with the moment, oldest first."""
    rows = await session.execute(
        select(Ask, Rating.rated_at)
        .join(Rating, Rating.ask_id == Ask.id)
        .where(Rating.value == -1, Rating.rated_at > since, Ask.state == "answered")
        .order_by(Rating.rated_at)
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


async def disputed_unseen(session: AsyncSession, most: int) -> Sequence[Question]:
    """Disputed questions whose dispute no reviewer is being asked about, by id."""
    asked_about = exists().where(
        ReviewItem.subject == Question.fingerprint,
        ReviewItem.status == "open",
        cast(ReviewItem.causes, String).contains('"conflict"'),
    )
    rows = await session.scalars(
        select(Question).where(Question.status == "disputed", ~asked_about).order_by(Question.id).limit(most)
    )
    return rows.all()


async def migrated(session: AsyncSession, most: int) -> Sequence[tuple[ReviewItem, Ask]]:
    """Open items that the migration made of corrections from before there was a queue, with their exchanges, by id."""
    rows = await session.execute(
        select(ReviewItem, Ask)
        .join(Ask, Ask.id == ReviewItem.ask_id)
        .where(ReviewItem.status == "open", ReviewItem.subject.startswith("ask-"))
        .order_by(ReviewItem.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


async def expired_unseen(session: AsyncSession, today: date, most: int) -> Sequence[Question]:
    """Questions whose fact has expired and that no reviewer was asked about since, by id."""
    day = _local_day(session, ReviewItem.opened_at)
    asked_about = exists().where(
        ReviewItem.question_id == Question.id, or_(ReviewItem.status == "open", day > Question.valid_until)
    )
    rows = await session.scalars(
        select(Question)
        .where(Question.valid_until < today, Question.status == "active", ~asked_about)
        .order_by(Question.id)
        .limit(most)
    )
    return rows.all()


def _local_day(session: AsyncSession, moment: InstrumentedAttribute[datetime]) -> ColumnElement[date]:
    """The date of *moment* in China."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.timezone(ZONE.key, moment), Date)
    # SQLite has no zones; China has kept this offset, without summer time, since 1991.
    return func.date(moment, "+8 hours")
