"""What members practised and what comes again. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text, cast, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.ids import new_id
from store.models import Attempt, Question, Quiz, QuizAnswer, QuizItem, QuizPlayer, StudyCard, Studying

_ASKABLE = (StudyCard.shelved.is_(False), Question.status == "active", Question.answer != "")


@dataclass(frozen=True, slots=True)
class Due:
    """A card and the question on it."""

    card: StudyCard
    question: Question


@dataclass(frozen=True, slots=True)
class CategoryRate:
    category: str
    right: int
    answered: int


async def studying(session: AsyncSession, member_id: str) -> Studying | None:
    return await session.get(Studying, member_id, populate_existing=True)


async def set_studying(session: AsyncSession, member_id: str, **values: Any) -> Studying:
    """Keep how the member wants to study."""
    row = await session.get(Studying, member_id)
    if row is None:
        row = Studying(member_id=member_id, easy_days=[])
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    await session.flush()
    return row


async def cards_of(session: AsyncSession, pairs: Collection[tuple[str, int]]) -> dict[tuple[str, int], StudyCard]:
    """The cards of these members and questions, as far as there are."""
    rows = await session.scalars(
        select(StudyCard)
        .where(
            StudyCard.member_id.in_({member for member, _ in pairs}),
            StudyCard.question_id.in_({number for _, number in pairs}),
        )
        .execution_options(populate_existing=True)
    )
    return {(row.member_id, row.question_id): row for row in rows if (row.member_id, row.question_id) in pairs}


async def settings_of(session: AsyncSession, members: Collection[str]) -> dict[str, Studying]:
    """How these members want to study, as far as they have said."""
    rows = await session.scalars(select(Studying).where(Studying.member_id.in_(members)))
    return {row.member_id: row for row in rows}


async def keep(session: AsyncSession, cards: Sequence[StudyCard], attempts: Sequence[Mapping[str, Any]]) -> None:
    """Write the *attempts*, and the *cards* as they are after them."""
    if not attempts:
        return
    await session.execute(insert(Attempt), [{"id": new_id(), **attempt} for attempt in attempts])
    await put(session, cards)


async def put(session: AsyncSession, cards: Sequence[StudyCard]) -> None:
    """Write the *cards*; whether one that there is already comes again is left as it was."""
    if not cards:
        return
    names = [column.name for column in StudyCard.__table__.columns]
    rows = [{name: getattr(card, name) for name in names} for card in cards]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    kept = dialect.insert(StudyCard)
    changed: dict[str, Any] = {
        name: kept.excluded[name] for name in names if name not in ("member_id", "question_id", "shelved")
    }
    await session.execute(kept.on_conflict_do_update(index_elements=["member_id", "question_id"], set_=changed), rows)


async def corrected(session: AsyncSession, member_id: str, question_id: int, *, right: bool) -> None:
    """The member's last answer to the question was judged wrongly: put its attempt and the book right.

    When it comes again stays as it was: that is a matter of days, which the next answer settles.
    """
    attempt = await session.scalar(
        select(Attempt)
        .where(Attempt.member_id == member_id, Attempt.question_id == question_id)
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    row = await session.get(StudyCard, (member_id, question_id))
    if attempt is None or row is None or attempt.right == right:
        return
    attempt.right = right
    row.wrong = max(0, row.wrong + (-1 if right else 1))
    row.in_book = row.wrong > 0 if right else True
    if not right:
        row.wrong_at, row.streak = attempt.at, 0


async def due(
    session: AsyncSession, member_id: str, until: datetime, *, category: str = "", most: int = 50
) -> list[Due]:
    """Cards to be reviewed by then, the longest overdue first."""
    return await _cards(session, member_id, [StudyCard.due <= until], category, StudyCard.due, most)


async def book(session: AsyncSession, member_id: str, *, category: str = "", most: int = 50) -> list[Due]:
    """The wrong-question book, the newest mistake first."""
    order = StudyCard.wrong_at.desc()
    return await _cards(session, member_id, [StudyCard.in_book.is_(True)], category, order, most)


async def book_size(session: AsyncSession, member_id: str) -> dict[str, int]:
    """Questions in the wrong-question book by category, the most first; as :func:`book`, none that is asked no more."""
    rows = await session.execute(
        select(Question.category, func.count())
        .join(StudyCard, StudyCard.question_id == Question.id)
        .where(StudyCard.member_id == member_id, StudyCard.in_book.is_(True), *_ASKABLE)
        .group_by(Question.category)
        .order_by(func.count().desc(), Question.category)
    )
    return {row[0]: row[1] for row in rows}


async def cards(session: AsyncSession, member_id: str) -> Sequence[StudyCard]:
    """All of the member's cards that may come again."""
    return (
        await session.scalars(select(StudyCard).where(StudyCard.member_id == member_id, StudyCard.shelved.is_(False)))
    ).all()


async def active(session: AsyncSession, group_id: str, since: datetime) -> set[str]:
    """Members who answered anything in the group since then."""
    rows = await session.scalars(
        select(Attempt.member_id).distinct().where(Attempt.group_id == group_id, Attempt.at >= since)
    )
    return set(rows)


async def met_since(session: AsyncSession, group_id: str, since: datetime) -> set[int]:
    """Questions that somebody answered in the group since then."""
    rows = await session.scalars(
        select(Attempt.question_id).distinct().where(Attempt.group_id == group_id, Attempt.at >= since)
    )
    return set(rows)


async def cards_of_members(session: AsyncSession, members: Collection[str], most: int) -> Sequence[StudyCard]:
    """Cards of these members that may come again, the longest overdue first."""
    found = select(StudyCard).where(StudyCard.member_id.in_(members), StudyCard.shelved.is_(False))
    return (await session.scalars(found.order_by(StudyCard.due).limit(most))).all()


async def rates(session: AsyncSession, member_id: str, since: datetime) -> list[CategoryRate]:
    """How many answers were right by category since then, the most answered first."""
    right = func.sum(Attempt.right.cast(Integer))
    rows = await session.execute(
        select(Question.category, right, func.count())
        .join(Question, Question.id == Attempt.question_id)
        .where(Attempt.member_id == member_id, Attempt.at >= since)
        .group_by(Question.category)
        .order_by(func.count().desc(), Question.category)
    )
    return [CategoryRate(row[0], int(row[1] or 0), row[2]) for row in rows]


async def days(session: AsyncSession, member_id: str, since: datetime) -> list[datetime]:
    """When the member answered anything since then, oldest first."""
    rows = await session.scalars(
        select(Attempt.at).where(Attempt.member_id == member_id, Attempt.at >= since).order_by(Attempt.at)
    )
    return list(rows)


async def shelve(session: AsyncSession, member_id: str, question_id: int, *, shelved: bool) -> bool:
    """Let a question come no more, or again; whether the member has such a card."""
    found = await session.execute(
        update(StudyCard)
        .where(StudyCard.member_id == member_id, StudyCard.question_id == question_id)
        .values(shelved=shelved)
        .returning(StudyCard.question_id)
    )
    return found.scalar_one_or_none() is not None


async def forget(session: AsyncSession, member_id: str, nobody: str) -> int:
    """Delete everything that the member practised; how many attempts there were.

    In games that others played too its answers stay, so that their scores do, under the name *nobody*.
    """
    gone = await session.execute(delete(Attempt).where(Attempt.member_id == member_id).returning(Attempt.id))
    count = len(gone.scalars().all())
    await session.execute(delete(StudyCard).where(StudyCard.member_id == member_id))
    await session.execute(delete(Studying).where(Studying.member_id == member_id))
    # Also who was challenged and never answered.
    named = cast(Quiz.players, Text).contains(f'"{member_id}"', autoescape=True)
    for duel in (await session.scalars(select(Quiz).where(named))).all():
        duel.players = [nobody if one == member_id else one for one in duel.players]
    await session.flush()
    await session.execute(update(QuizAnswer).where(QuizAnswer.judged_by == member_id).values(judged_by=nobody))
    await session.execute(
        update(QuizAnswer)
        .where(QuizAnswer.member_id == member_id)
        .values(member_id=nobody, member_name="", message_id="", text="", reason="", learned=True)
    )
    await session.execute(update(QuizItem).where(QuizItem.winner == member_id).values(winner=nobody))
    await session.execute(update(QuizItem).where(QuizItem.turn == member_id).values(turn=nobody))
    await session.execute(update(QuizPlayer).where(QuizPlayer.member_id == member_id).values(member_id=nobody, name=""))
    await session.execute(update(Quiz).where(Quiz.started_by == member_id).values(started_by=nobody))
    # Nobody is no name for a board.
    session.add(Studying(member_id=nobody, easy_days=[], on_boards=False))
    return count


async def _cards(
    session: AsyncSession, member_id: str, where: Sequence[Any], category: str, order: Any, most: int
) -> list[Due]:
    only = [Question.category == category] if category else []
    rows = await session.execute(
        select(StudyCard, Question)
        .join(Question, Question.id == StudyCard.question_id)
        .where(StudyCard.member_id == member_id, *_ASKABLE, *where, *only)
        .order_by(order, StudyCard.question_id)
        .limit(most)
    )
    return [Due(row[0], row[1]) for row in rows]
