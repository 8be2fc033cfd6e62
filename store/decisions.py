"""What a reviewer's decision changes in the bank, kept so that it can be undone.

The caller owns the transaction, holds the item and has raised the bank's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import GateCase, Question, QuestionChange, ReviewItem, RivalAnswer

_CREATED = "created"
"""Stands as the field's name where a decision added the question itself."""


async def add_question(session: AsyncSession, item_id: int, values: Mapping[str, Any], version: int) -> Question:
    """A new question that the decision brings."""
    question = Question(**values, changed_in=version)
    session.add(question)
    await session.flush()
    session.add(QuestionChange(item_id=item_id, question_id=question.id, field=_CREATED, before=None, after=True))
    return question


async def change_question(
    session: AsyncSession, item_id: int, question: Question, values: Mapping[str, Any], version: int
) -> None:
    """Set columns of the question, noting what stood there before."""
    for field, value in values.items():
        before = getattr(question, field)
        if before == value:
            continue
        session.add(
            QuestionChange(
                item_id=item_id, question_id=question.id, field=field, before=_plain(before), after=_plain(value)
            )
        )
        setattr(question, field, value)
    question.changed_in = version
    await session.flush()


async def open_rivals(session: AsyncSession, question_id: int) -> list[RivalAnswer]:
    """The second keys of the question that nobody has decided about, oldest first."""
    rows = await session.scalars(
        select(RivalAnswer)
        .where(RivalAnswer.question_id == question_id, RivalAnswer.settled_by.is_(None))
        .order_by(RivalAnswer.id)
    )
    return list(rows)


async def settle_rivals(session: AsyncSession, item_id: int, question_id: int) -> None:
    """Let every open second key of the question be turned down by this decision."""
    await session.execute(
        update(RivalAnswer)
        .where(RivalAnswer.question_id == question_id, RivalAnswer.settled_by.is_(None))
        .values(settled_by=item_id)
    )


async def remember_old_key(session: AsyncSession, item_id: int, question_id: int, answer: str) -> None:
    """Keep the key that was overturned as a rival already turned down: a file that brings it again is no conflict."""
    session.add(RivalAnswer(question_id=question_id, answer=answer, settled_by=item_id))


async def add_gate_case(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """The decision as a case of the gate, in place of an earlier one of the same item."""
    await session.execute(delete(GateCase).where(GateCase.item_id == values["item_id"]))
    session.add(GateCase(**values))
    await session.flush()


async def undo(session: AsyncSession, item: ReviewItem, version: int) -> int:
    """Take back what the decision changed, as far as nothing changed it since; how many fields it was.

    A question that the decision had added is retired: exchanges may name it.
    """
    changes = await session.execute(
        select(QuestionChange, Question)
        .join(Question, Question.id == QuestionChange.question_id)
        .where(QuestionChange.item_id == item.id)
        .order_by(QuestionChange.id.desc())
    )
    taken_back = 0
    for change, question in changes.all():
        question.changed_in = version
        if change.field == _CREATED:
            question.status = "retired"
            taken_back += 1
        elif change.field == "aliases":
            question.aliases = _aliases_before(question.aliases, change.before, change.after)
            taken_back += 1
        elif _plain(getattr(question, change.field)) == change.after:
            value = change.before
            if change.field == "valid_until" and value:
                value = date.fromisoformat(value)
            setattr(question, change.field, value)
            taken_back += 1
    await session.execute(delete(QuestionChange).where(QuestionChange.item_id == item.id))
    await session.execute(delete(GateCase).where(GateCase.item_id == item.id))
    await _reopen_rivals(session, item.id)
    await session.flush()
    return taken_back


def _aliases_before(there: list[str], before: list[str], after: list[str]) -> list[str]:
    """The aliases without what the decision brought and with what it removed; a file may have added some since."""
    if there == after:
        return before
    kept = [alias for alias in there if alias in before or alias not in after]
    return [*kept, *(alias for alias in before if alias not in after and alias not in kept)]


async def _reopen_rivals(session: AsyncSession, item_id: int) -> None:
    """Claims of files are open again; old keys that only this decision had made rivals are none any more."""
    mine = RivalAnswer.settled_by == item_id
    await session.execute(delete(RivalAnswer).where(mine, RivalAnswer.import_id.is_(None)))
    await session.execute(update(RivalAnswer).where(mine).values(settled_by=None))


async def vouched(session: AsyncSession, question_ids: list[int]) -> set[int]:
    """Of these questions, those that a standing decision of a reviewer is about."""
    rows = await session.scalars(
        select(ReviewItem.question_id).where(
            ReviewItem.question_id.in_(question_ids),
            ReviewItem.status == "approved",
            or_(ReviewItem.verdict != "retired", ReviewItem.verdict.is_(None)),
        )
    )
    return {number for number in rows if number is not None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
