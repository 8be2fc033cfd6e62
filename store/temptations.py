"""Wrong options that members fell for, and why. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Attempt, Question, Temptation, now


async def wrong_between(session: AsyncSession, after: int, before: int, most: int) -> list[tuple[int, int]]:
    """Ids of the oldest *most* wrong attempts with ids between the two, and of their questions."""
    rows = await session.execute(
        select(Attempt.id, Attempt.question_id)
        .where(Attempt.id > after, Attempt.id < before, Attempt.right.is_(False))
        .order_by(Attempt.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


async def choices_of(session: AsyncSession, question_ids: Collection[int]) -> Sequence[Question]:
    """Those of the questions that have options and a key in use."""
    rows = await session.scalars(
        select(Question).where(Question.id.in_(question_ids), Question.status == "active", Question.answer != "")
    )
    return [row for row in rows if row.options]


async def wrong_texts(session: AsyncSession, question_id: int, most: int) -> Sequence[str]:
    """What members answered wrongly, as written, the newest *most*."""
    rows = await session.scalars(
        select(Attempt.text)
        .where(Attempt.question_id == question_id, Attempt.right.is_(False))
        .order_by(Attempt.at.desc())
        .limit(most)
    )
    return rows.all()


async def want(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note options (``question_id``, ``letter``, ``option``, ``chosen``) to be asked about; known ones stay."""
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    plain = {"kind": "", "text": "", "state": "wanted", "model": "", "round": "", "wanted_at": now()}
    added = dialect.insert(Temptation).values([{**plain, **row} for row in rows])
    await session.execute(added.on_conflict_do_nothing(index_elements=["question_id", "letter"]))


async def asked_since(session: AsyncSession, since: datetime) -> int:
    """How many were asked about since then, in every process."""
    return (await session.scalar(select(func.count()).select_from(Temptation).where(Temptation.asked_at >= since))) or 0


async def claim(session: AsyncSession, moment: datetime, *, again_before: datetime) -> Temptation | None:
    """The wanted one that was chosen most, marked as asked at *moment*; one asked since *again_before* rests.

    ``None`` when there is none, or another process took it.
    """
    rested = or_(Temptation.asked_at.is_(None), Temptation.asked_at < again_before)
    waiting = (Temptation.state == "wanted", rested)
    best = select(Temptation.id).where(*waiting).order_by(Temptation.chosen.desc(), Temptation.id).limit(1)
    # The condition stands in the update as well: of two processes the second finds it changed.
    taken = await session.execute(
        update(Temptation)
        .where(Temptation.id == best.scalar_subquery(), *waiting)
        .values(asked_at=moment)
        .returning(Temptation.id)
    )
    number = taken.scalar_one_or_none()
    return None if number is None else await session.get_one(Temptation, number, populate_existing=True)


async def forget_refused(session: AsyncSession, before: datetime) -> None:
    """Drop what a model could say nothing about before then: a later one may."""
    await session.execute(delete(Temptation).where(Temptation.state == "refused", Temptation.asked_at < before))


async def of_item(session: AsyncSession, item_id: int) -> tuple[Temptation, Question] | None:
    """What the review item is about, with its question; ``None`` when the question is gone."""
    row = (
        await session.execute(
            select(Temptation, Question)
            .join(Question, Question.id == Temptation.question_id)
            .where(Temptation.item_id == item_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def accepted(session: AsyncSession, question_ids: Collection[int]) -> dict[int, list[Temptation]]:
    """By question: what reviewers have accepted, by letter."""
    rows = await session.scalars(
        select(Temptation)
        .where(Temptation.question_id.in_(question_ids), Temptation.state == "accepted")
        .order_by(Temptation.letter)
    )
    found: dict[int, list[Temptation]] = {}
    for row in rows:
        found.setdefault(row.question_id, []).append(row)
    return found
