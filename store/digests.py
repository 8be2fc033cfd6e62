"""Daily digests: what was asked in which chat, and who answered it. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from store import quizzes
from store.models import Ask, Attempt, Delivery, Digest, Quiz, QuizAnswer, QuizItem, Subscription, now


@dataclass(frozen=True, slots=True)
class Kept:
    """A digest with its questions, first one first."""

    digest: Digest
    quiz: Quiz
    items: Sequence[QuizItem]

    def open_at(self, at: datetime) -> bool:
        """Whether answers count."""
        return self.quiz.state == "running" and at < self.digest.closes_at


class Part(NamedTuple):
    """How much a member answered on a day."""

    day: date
    member_id: str
    answers: int


async def of_delivery(session: AsyncSession, delivery_id: int) -> Kept | None:
    """What was prepared for a delivery."""
    return await _one(session, Digest.delivery_id == delivery_id)


async def of_summary(session: AsyncSession, delivery_id: int) -> Kept | None:
    """The digest that the summary with that delivery tells of."""
    told, asked = aliased(Delivery), aliased(Delivery)
    number = await session.scalar(
        select(Digest.quiz_id)
        .join(asked, asked.id == Digest.delivery_id)
        .join(told, (told.subscription_id == asked.subscription_id) & (told.local_date == asked.local_date))
        .where(told.id == delivery_id, told.hour == asked.hour, asked.kind != "summary")
    )
    return None if number is None else await of_quiz(session, number)


async def of_message(session: AsyncSession, account: str, message_id: str) -> Kept | None:
    """The digest that a message of ours showed, or whose evening it told."""
    number = await session.scalar(
        select(Delivery.digest_id)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(Subscription.account == account, Delivery.message_id == message_id, Delivery.digest_id.is_not(None))
        .limit(1)
    )
    return None if number is None else await of_quiz(session, number)


async def of_quiz(session: AsyncSession, quiz_id: int) -> Kept | None:
    """The digest whose questions are that quiz."""
    return await _one(session, Digest.quiz_id == quiz_id)


async def begin(
    session: AsyncSession,
    quiz: Mapping[str, Any],
    digest: Mapping[str, Any],
    asked: Sequence[tuple[int, Mapping[str, Any]]],
) -> Kept:
    """A digest with all of its questions open; those of the same subscription on earlier days are over.

    Raises:
        IntegrityError: the delivery has one.
    """
    earlier = select(Digest.quiz_id).where(
        Digest.subscription_id == digest["subscription_id"], Digest.day < digest["day"]
    )
    await session.execute(
        update(Quiz)
        .where(Quiz.id.in_(earlier), Quiz.state != "ended")
        .values(state="ended", ended_why="finished", ended_at=now())
    )
    made = await quizzes.begin(session, {**quiz, "mode": "daily"}, asked)
    row = Digest(quiz_id=made.id, **digest)
    session.add(row)
    await session.flush()
    items = await quizzes.items(session, made.id)
    for item in items:
        item.state, item.opened_at = "open", made.started_at
    return Kept(row, made, items)


async def running(session: AsyncSession, account: str, lanes: Collection[str], at: datetime) -> list[Kept]:
    """Digests of these chats that take answers at *at*, the newest first."""
    found = await session.execute(
        select(Digest, Quiz)
        .join(Quiz, Quiz.id == Digest.quiz_id)
        .where(Quiz.account == account, Quiz.lane.in_(lanes), Quiz.state == "running", Digest.closes_at > at)
        .order_by(Quiz.id.desc())
    )
    return [Kept(digest, quiz, await quizzes.items(session, quiz.id)) for digest, quiz in found.all()]


async def newest(session: AsyncSession, account: str, lanes: Collection[str]) -> Kept | None:
    """The last digest of these chats, over or not."""
    number = await session.scalar(
        select(Digest.quiz_id)
        .join(Quiz, Quiz.id == Digest.quiz_id)
        .where(Quiz.account == account, Quiz.lane.in_(lanes))
        .order_by(Digest.quiz_id.desc())
        .limit(1)
    )
    return None if number is None else await of_quiz(session, number)


async def newest_day(session: AsyncSession, account: str, lanes: Collection[str]) -> list[Kept]:
    """The digests of the last day on which these chats had any, over or not, as they came."""
    of_chats = (
        select(Digest.day, Digest.quiz_id)
        .join(Quiz, Quiz.id == Digest.quiz_id)
        .where(Quiz.account == account, Quiz.lane.in_(lanes))
    )
    day = await session.scalar(select(func.max(of_chats.subquery().c.day)))
    numbers = await session.scalars(
        of_chats.with_only_columns(Digest.quiz_id).where(Digest.day == day).order_by(Digest.quiz_id)
    )
    found = [await of_quiz(session, number) for number in numbers.all()]
    return [kept for kept in found if kept is not None]


async def held(session: AsyncSession, quiz_id: int) -> bool:
    """Whether the digest takes answers, and does so until the transaction ends: nobody closes it meanwhile."""
    state = await session.scalar(select(Quiz.state).where(Quiz.id == quiz_id).with_for_update(read=True))
    return state == "running"


async def close(session: AsyncSession, quiz_id: int) -> None:
    """No answer counts any more."""
    await quizzes.change(session, quiz_id, ("running",), state="ended", ended_why="finished", ended_at=now())
    await session.execute(
        update(QuizItem)
        .where(QuizItem.quiz_id == quiz_id, QuizItem.state == "open")
        .values(state="settled", settled_at=now())
    )


async def answers(session: AsyncSession, quiz_id: int) -> list[tuple[int, QuizAnswer]]:
    """Numbers of questions and what was answered, as it came."""
    rows = await session.execute(
        select(QuizItem.number, QuizAnswer)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .where(QuizItem.quiz_id == quiz_id)
        .order_by(QuizAnswer.answered_at, QuizAnswer.id)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]


async def answered_by(session: AsyncSession, quiz_id: int, member_id: str) -> dict[int, QuizAnswer]:
    """The member's answers, by number of the question."""
    rows = await session.execute(
        select(QuizItem.number, QuizAnswer)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .where(QuizItem.quiz_id == quiz_id, QuizAnswer.member_id == member_id)
        .execution_options(populate_existing=True)
    )
    return {row[0]: row[1] for row in rows}


async def parts(session: AsyncSession, lane: str, since: date) -> list[Part]:
    """Who answered how much of the chat's digests on each day since then."""
    rows = await session.execute(
        select(Digest.day, QuizAnswer.member_id, func.count())
        .join(QuizItem, QuizItem.quiz_id == Digest.quiz_id)
        .join(QuizAnswer, QuizAnswer.item_id == QuizItem.id)
        .join(Quiz, Quiz.id == Digest.quiz_id)
        .where(Quiz.lane == lane, Digest.day >= since)
        .group_by(Digest.day, QuizAnswer.member_id)
    )
    return [Part(*row) for row in rows]


async def days(session: AsyncSession, lane: str, since: date) -> list[date]:
    """Days since then on which the chat had a digest, oldest first."""
    rows = await session.scalars(
        select(Digest.day)
        .distinct()
        .join(Quiz, Quiz.id == Digest.quiz_id)
        .where(Quiz.lane == lane, Digest.day >= since)
        .order_by(Digest.day)
    )
    return list(rows)


async def asked_since(session: AsyncSession, lane: str, since: datetime | None) -> set[int]:
    """Questions that any quiz of the chat has asked since then, or ever."""
    found = (
        select(QuizItem.question_id)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(Quiz.lane == lane, QuizItem.question_id.is_not(None))
    )
    rows = await session.scalars(found if since is None else found.where(Quiz.started_at >= since))
    return {number for number in rows if number is not None}


async def attempted_since(session: AsyncSession, lane: str, since: datetime | None) -> set[int]:
    """Questions that the group *lane*, or that member alone, has answered since then, or ever."""
    found = select(Attempt.question_id).distinct().where(or_(Attempt.group_id == lane, Attempt.member_id == lane))
    rows = await session.scalars(found if since is None else found.where(Attempt.at >= since))
    return set(rows)


async def groups_of(session: AsyncSession, member_id: str, since: datetime) -> set[str]:
    """Groups that the member has answered or asked in since then."""
    # Not from its attempts: they are written a moment later.
    played = await session.scalars(
        select(Quiz.group_id)
        .distinct()
        .join(QuizItem, QuizItem.quiz_id == Quiz.id)
        .join(QuizAnswer, QuizAnswer.item_id == QuizItem.id)
        .where(QuizAnswer.member_id == member_id, QuizAnswer.answered_at >= since)
    )
    asked = await session.scalars(
        select(Ask.group_id).distinct().where(Ask.member_id == member_id, Ask.received_at >= since)
    )
    return {group for group in (*played, *asked) if group is not None}


async def _one(session: AsyncSession, which: Any) -> Kept | None:
    row = (
        await session.execute(
            select(Digest, Quiz)
            .join(Quiz, Quiz.id == Digest.quiz_id)
            .where(which)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    return None if row is None else Kept(row[0], row[1], await quizzes.items(session, row[1].id))
