"""The log of what members answered, and taking the last line of it back. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Attempt, QuizAnswer, QuizItem, StudyCard, Studying

_MOMENTS = ("due", "last_review", "wrong_at")
_UNSAVED = ("member_id", "question_id", "shelved", "before")


@dataclass(frozen=True, slots=True)
class Review:
    """One line of the log, as far as memory goes."""

    at: datetime
    right: bool
    hints: int


async def reviewed_since(session: AsyncSession, member_id: str, since: datetime) -> int:
    """How many questions the member reviewed since then, each counted once."""
    found = select(func.count(Attempt.question_id.distinct())).where(
        Attempt.member_id == member_id, Attempt.at >= since, Attempt.source == "review"
    )
    return await session.scalar(found) or 0


async def wrong_given(session: AsyncSession, member_id: str, questions: Collection[int]) -> dict[int, list[str]]:
    """By question: what the member answered wrongly, as written, oldest first."""
    rows = await session.execute(
        select(Attempt.question_id, Attempt.text)
        .where(Attempt.member_id == member_id, Attempt.question_id.in_(questions), Attempt.right.is_(False))
        .order_by(Attempt.id)
    )
    given: dict[int, list[str]] = {}
    for number, text in rows:
        given.setdefault(number, []).append(text)
    return given


async def histories(session: AsyncSession, member_id: str, most: int) -> list[list[Review]]:
    """The member's newest *most* answers, a list a question, each oldest first."""
    newest = (
        select(Attempt.question_id, Attempt.at, Attempt.right, Attempt.hints)
        .where(Attempt.member_id == member_id)
        .order_by(Attempt.at.desc(), Attempt.id.desc())
        .limit(most)
    )
    found: dict[int, list[Review]] = {}
    for number, at, right, hints in reversed((await session.execute(newest)).all()):
        found.setdefault(number, []).append(Review(at, right, hints))
    return list(found.values())


async def log_of(session: AsyncSession, member_id: str, questions: Collection[int]) -> dict[int, list[Review]]:
    """By question: all of the member's answers, oldest first."""
    rows = await session.execute(
        select(Attempt.question_id, Attempt.at, Attempt.right, Attempt.hints)
        .where(Attempt.member_id == member_id, Attempt.question_id.in_(questions))
        .order_by(Attempt.at, Attempt.id)
    )
    found: dict[int, list[Review]] = {}
    for number, at, right, hints in rows:
        found.setdefault(number, []).append(Review(at, right, hints))
    return found


async def held(session: AsyncSession, member_id: str) -> bool:
    """Whether the member still has a log, which then is not forgotten before the transaction ends."""
    one = select(Attempt.id).where(Attempt.member_id == member_id).limit(1)
    return await session.scalar(one.with_for_update(read=True)) is not None


async def long_logs(session: AsyncSession, least: int, before: datetime) -> Sequence[str]:
    """Members with *least* answers or more, some of them new since their schedule was fitted, which was *before*."""
    return (
        await session.scalars(
            select(Attempt.member_id)
            .outerjoin(Studying, Studying.member_id == Attempt.member_id)
            .where(or_(Studying.fitted_at.is_(None), Studying.fitted_at < before))
            .group_by(Attempt.member_id, Studying.fitted_at)
            .having(func.count() >= least, or_(Studying.fitted_at.is_(None), func.max(Attempt.at) > Studying.fitted_at))
            .order_by(Attempt.member_id)
        )
    ).all()


def snapshot(card: StudyCard | None) -> dict[str, Any]:
    """What :attr:`StudyCard.before` keeps of *card*; empty for none."""
    if card is None:
        return {}
    names = (column.name for column in StudyCard.__table__.columns)
    values = {name: getattr(card, name) for name in names if name not in _UNSAVED}
    return values | {name: values[name].isoformat() for name in _MOMENTS if values[name] is not None}


async def take_back(session: AsyncSession, member_id: str, *, since: datetime) -> Attempt | None:
    """Undo the member's last answer, and what it made of its card; the answer that is no more.

    ``None`` when there is none to undo: the last one was given in a group, before *since*, or after it one was
    undone already.
    """
    newest = select(Attempt).where(Attempt.member_id == member_id).order_by(Attempt.id.desc()).limit(1)
    last = await session.scalar(newest)
    if last is None or last.group_id is not None or last.at < since:
        return None
    card = await session.get(StudyCard, (member_id, last.question_id), populate_existing=True)
    if card is None or card.before is None or card.last_review != last.at:
        return None
    gone = await session.scalar(delete(Attempt).where(Attempt.id == last.id).returning(Attempt.id))
    if gone is None:
        # Asked twice at once: the other one did it.
        return None
    session.expunge(card)
    await _restore(session, card, card.before)
    # Once: whatever was answered before stays.
    await session.execute(update(StudyCard).where(StudyCard.member_id == member_id).values(before=null()))
    items = select(QuizItem.id).where(QuizItem.question_id == last.question_id)
    await session.execute(
        delete(QuizAnswer).where(
            QuizAnswer.member_id == member_id, QuizAnswer.answered_at == last.at, QuizAnswer.item_id.in_(items)
        )
    )
    return last


async def _restore(session: AsyncSession, card: StudyCard, before: Mapping[str, Any]) -> None:
    where = (StudyCard.member_id == card.member_id, StudyCard.question_id == card.question_id)
    if not before:
        await session.execute(delete(StudyCard).where(*where))
        return
    moments = {name: datetime.fromisoformat(before[name]) for name in _MOMENTS if before[name] is not None}
    await session.execute(update(StudyCard).where(*where).values({**before, **moments}))
