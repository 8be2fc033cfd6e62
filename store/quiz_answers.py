"""What members answer in quizzes, and how it is judged. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.ids import new_id
from store.models import QuizAnswer, QuizItem, now


async def answer(session: AsyncSession, values: Mapping[str, Any], *, again: bool) -> int | None:
    """Keep a member's answer, and its number; ``None`` when it has answered that question before.

    With *again* a wrong one is replaced: an open question may be tried more than once.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(QuizAnswer).values({"id": new_id(), "answered_at": now(), **values})
    added = added.on_conflict_do_nothing(index_elements=["item_id", "member_id"])
    number = await session.scalar(added.returning(QuizAnswer.id))
    if number is not None or not again:
        return number
    fresh = {name: values[name] for name in ("text", "right", "points", "took_ms", "message_id", "judged_by", "reason")}
    # A wrong try more teaches nothing new; a right one at last does.
    learnt = {"learned": False} if values["right"] else {}
    return await session.scalar(
        update(QuizAnswer)
        .where(
            QuizAnswer.item_id == values["item_id"],
            QuizAnswer.member_id == values["member_id"],
            QuizAnswer.right.is_(False),
        )
        .values(**fresh, **learnt, tries=QuizAnswer.tries + 1, answered_at=values.get("answered_at", now()))
        .returning(QuizAnswer.id)
    )


async def found_right(session: AsyncSession, values: Mapping[str, Any]) -> tuple[int, bool] | None:
    """Keep an answer that the model finds right, be it new, kept as wrong, or followed by a wrong one.

    Its number, and whether it was practice as a wrong one already; ``None`` when the member has been right
    in the meantime, or a person has judged it.
    """
    number = await answer(session, values, again=False)
    if number is not None:
        return number, False
    fresh = {name: value for name, value in values.items() if name not in ("item_id", "member_id", "member_name")}
    changed = await session.execute(
        update(QuizAnswer)
        .where(
            QuizAnswer.item_id == values["item_id"],
            QuizAnswer.member_id == values["member_id"],
            QuizAnswer.right.is_(False),
            QuizAnswer.judged_by.in_(("rule", "model")),
        )
        .values(**fresh)
        .returning(QuizAnswer.id, QuizAnswer.learned)
    )
    row = changed.one_or_none()
    return None if row is None else (row[0], row[1])


async def found_wrong(session: AsyncSession, kept: QuizAnswer, reason: str) -> None:
    """The model agrees that *kept* is wrong; nothing changes when it has been judged or replaced in the meantime."""
    await session.execute(
        update(QuizAnswer)
        .where(QuizAnswer.id == kept.id, QuizAnswer.judged_by == "rule", QuizAnswer.answered_at == kept.answered_at)
        .values(judged_by="model", reason=reason)
    )


async def score(session: AsyncSession, answer_id: int, points: int) -> None:
    """Set the points of an answer."""
    await session.execute(update(QuizAnswer).where(QuizAnswer.id == answer_id).values(points=points))


async def answers(session: AsyncSession, item_id: int) -> Sequence[QuizAnswer]:
    """What was answered to a question, the quickest first."""
    rows = await session.scalars(
        select(QuizAnswer).where(QuizAnswer.item_id == item_id).order_by(QuizAnswer.took_ms, QuizAnswer.id)
    )
    return rows.all()


async def by_message(session: AsyncSession, quiz_id: int, message_id: str) -> QuizAnswer | None:
    """The answer that a member gave by that message."""
    return await session.scalar(
        select(QuizAnswer)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .where(QuizItem.quiz_id == quiz_id, QuizAnswer.message_id == message_id)
    )
