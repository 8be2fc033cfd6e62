"""Quizzes: the questions, how they go on, and who has how many points. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Question, Quiz, QuizAnswer, QuizItem, Studying

_GROUP_PLAYERS = 2
"""So many must have answered a game for it to count on boards: nobody climbs them by playing alone."""


@dataclass(frozen=True, slots=True)
class Score:
    member_id: str
    name: str
    points: int
    right: int
    answered: int


async def going_on(session: AsyncSession, account: str) -> Sequence[Quiz]:
    """Games of the account that are not over, oldest first; a daily digest is no game."""
    found = select(Quiz).where(Quiz.account == account, Quiz.state != "ended", Quiz.mode != "daily")
    return (await session.scalars(found.order_by(Quiz.id))).all()


async def begin(
    session: AsyncSession, values: Mapping[str, Any], asked: Sequence[tuple[int, Mapping[str, Any]]]
) -> Quiz:
    """A new game with its questions: the number in the bank of each, and what is asked.

    Raises:
        IntegrityError: a game goes on in that chat.
    """
    quiz = Quiz(**values)
    session.add(quiz)
    await session.flush()
    session.add_all(
        QuizItem(quiz_id=quiz.id, number=number, question_id=question_id, asked=dict(question))
        for number, (question_id, question) in enumerate(asked, start=1)
    )
    await session.flush()
    return quiz


async def items(session: AsyncSession, quiz_id: int) -> Sequence[QuizItem]:
    """Its questions, first one first."""
    rows = await session.scalars(
        select(QuizItem)
        .where(QuizItem.quiz_id == quiz_id)
        .order_by(QuizItem.number)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def change(session: AsyncSession, quiz_id: int, was: Sequence[str], **values: Any) -> bool:
    """Set *values* of a game whose state still is one of *was*; whether it was."""
    changed = await session.execute(
        update(Quiz).where(Quiz.id == quiz_id, Quiz.state.in_(was)).values(**values).returning(Quiz.id)
    )
    return changed.scalar_one_or_none() is not None


async def change_item(session: AsyncSession, item_id: int, was: str, **values: Any) -> bool:
    """Set *values* of a question whose state still is *was*; whether it was: so one of many is the first."""
    changed = await session.execute(
        update(QuizItem).where(QuizItem.id == item_id, QuizItem.state == was).values(**values).returning(QuizItem.id)
    )
    return changed.scalar_one_or_none() is not None


async def settled_at(session: AsyncSession, item_id: int) -> datetime | None:
    """When a question was settled or skipped; in a race, when the answer that settled it was received."""
    return await session.scalar(select(QuizItem.settled_at).where(QuizItem.id == item_id))


async def told(
    session: AsyncSession, account: str, lane: str, *, since: datetime, most: int = 200
) -> Sequence[QuizItem]:
    """Questions of the bank whose key a game of this chat told since then, the latest first; no digest's."""
    found = (
        select(QuizItem)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(Quiz.account == account, Quiz.lane == lane, Quiz.mode != "daily")
        .where(QuizItem.state.in_(("settled", "skipped")), QuizItem.question_id.is_not(None))
        .where(QuizItem.settled_at >= since)
    )
    return (await session.scalars(found.order_by(QuizItem.settled_at.desc(), QuizItem.id.desc()).limit(most))).all()


async def answered(session: AsyncSession, member_id: str, item_ids: Sequence[int]) -> set[int]:
    """Those of the questions that the member answered."""
    mine = select(QuizAnswer.item_id).where(QuizAnswer.member_id == member_id, QuizAnswer.item_id.in_(item_ids))
    return set(await session.scalars(mine))


async def unlearned(session: AsyncSession, most: int) -> list[tuple[QuizAnswer, QuizItem, Quiz]]:
    """Answers that are not practice yet, oldest first."""
    rows = await session.execute(
        select(QuizAnswer, QuizItem, Quiz)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(text("NOT quiz_answer.learned"))
        .order_by(QuizAnswer.id)
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def mark_learned(session: AsyncSession, numbers: Sequence[int]) -> set[int]:
    """Those of the answers that were not practice yet; nobody else makes them so."""
    marked = await session.execute(
        update(QuizAnswer)
        .where(QuizAnswer.id.in_(numbers), QuizAnswer.learned.is_(False))
        .values(learned=True)
        .returning(QuizAnswer.id)
        .execution_options(synchronize_session=False)
    )
    return set(marked.scalars())


async def latest(session: AsyncSession, account: str, lane: str) -> Quiz | None:
    """The newest game of a chat, over or not."""
    here = (Quiz.account == account, Quiz.lane == lane, Quiz.mode != "daily")
    return await session.scalar(select(Quiz).where(*here).order_by(Quiz.id.desc()).limit(1))


async def scores(session: AsyncSession, quiz_id: int) -> list[Score]:
    """Who has how many points in a game, the best first."""
    return await _scores(session, [QuizItem.quiz_id == quiz_id])


async def right_rates(session: AsyncSession, quiz_id: int) -> dict[int, tuple[int, int]]:
    """By number of the question: how many were right, of how many who answered."""
    rows = await session.execute(
        select(QuizItem.number, func.sum(QuizAnswer.right.cast(Integer)), func.count())
        .join(QuizAnswer, QuizAnswer.item_id == QuizItem.id)
        .where(QuizItem.quiz_id == quiz_id)
        .group_by(QuizItem.number)
    )
    return {number: (int(right or 0), count) for number, right, count in rows}


async def quickest(session: AsyncSession, quiz_id: int) -> QuizAnswer | None:
    """The right answer of a game that came soonest after its question."""
    return await session.scalar(
        select(QuizAnswer)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .where(QuizItem.quiz_id == quiz_id, QuizAnswer.right.is_(True))
        .order_by(QuizAnswer.took_ms, QuizAnswer.id)
        .limit(1)
    )


async def board(
    session: AsyncSession, *, group_id: str | None, since: datetime, category: str = "", most: int = 10
) -> list[Score]:
    """The best of a group, or of all, since then; only games that several played, only members who want to be seen."""
    here = Quiz.group_id.is_not(None) if group_id is None else Quiz.group_id == group_id
    played = (
        select(QuizItem.quiz_id)
        .join(QuizAnswer, QuizAnswer.item_id == QuizItem.id)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(here, QuizAnswer.answered_at >= since)
        .group_by(QuizItem.quiz_id)
        .having(func.count(QuizAnswer.member_id.distinct()) >= _GROUP_PLAYERS)
    )
    hidden = select(Studying.member_id).where(Studying.on_boards.is_(False))
    where: list[ColumnElement[bool]] = [
        QuizItem.quiz_id.in_(played),
        QuizAnswer.answered_at >= since,
        QuizAnswer.member_id.not_in(hidden),
        here,
    ]
    if group_id is None:
        where.append(QuizAnswer.member_id.in_(select(Studying.member_id).where(Studying.on_global.is_(True))))
    if category:
        where.append(QuizItem.asked["category"].as_string() == category)
    return [one for one in await _scores(session, where) if one.points > 0][:most]


async def recently_asked(session: AsyncSession, lane: str, most: int = 300) -> set[int]:
    """Questions of the newest games of a chat."""
    rows = await session.scalars(
        select(QuizItem.question_id)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(Quiz.lane == lane, QuizItem.question_id.is_not(None))
        .order_by(QuizItem.id.desc())
        .limit(most)
    )
    return {number for number in rows if number is not None}


async def categories(session: AsyncSession) -> dict[str, int]:
    """Categories of questions that can be asked, with how many there are, the largest first."""
    rows = await session.execute(
        select(Question.category, func.count())
        .where(Question.status == "active", Question.answer != "", Question.category != "")
        .group_by(Question.category)
        .order_by(func.count().desc(), Question.category)
    )
    return {row[0]: row[1] for row in rows}


async def _scores(session: AsyncSession, where: Sequence[ColumnElement[bool]]) -> list[Score]:
    points = func.coalesce(func.sum(QuizAnswer.points), 0)
    right = func.coalesce(func.sum(QuizAnswer.right.cast(Integer)), 0)
    rows = await session.execute(
        select(QuizAnswer.member_id, func.max(QuizAnswer.member_name), points, right, func.count())
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(*where)
        .group_by(QuizAnswer.member_id)
        .order_by(points.desc(), right.desc(), func.min(QuizAnswer.took_ms), QuizAnswer.member_id)
    )
    return [Score(member, name, int(won), int(good), count) for member, name, won, good, count in rows]


def asked(row: Question) -> dict[str, Any]:
    """What of a bank item is kept with a game: as it was asked, whatever becomes of the item."""
    return {
        "kind": row.kind,
        "stem": row.stem,
        "options": list(row.options),
        "answer": row.answer,
        "aliases": list(row.aliases),
        "explanation": row.explanation,
        "category": row.category,
        "difficulty": row.difficulty,
        "source": row.source,
    }
