"""Taking an import out of the bank again. The caller owns the transaction and the bank's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import decisions
from store.models import (
    ImportBatch,
    Question,
    QuestionChange,
    QuestionSighting,
    QuestionWording,
    RivalAnswer,
    now,
)

_CHUNK = 1000


@dataclass(slots=True)
class Undone:
    """What undoing an import did."""

    deleted: int = 0
    """Questions that only this import named."""
    kept: int = 0
    """Questions it had added that another import names too."""
    restored: int = 0
    """Questions it had changed that are as they were before."""


LettersOf = Callable[[str, Sequence[str]], str]
"""Letters of options that an answer in words names."""


async def undo_import(session: AsyncSession, import_id: int, version: int, letters_of: LettersOf) -> Undone:
    """Remove what the import brought, as far as nothing else brought it too.

    A question that another import names stays, with the answer that import gave; one that a reviewer
    has decided about stays as it is.
    """
    done = Undone()
    touched = await _take_back_additions(session, import_id)
    touched |= await _take_back_changes(session, import_id)
    done.restored = len(touched)
    added = list(
        await session.scalars(select(Question.id).where(Question.import_id == import_id).order_by(Question.id))
    )
    for part in _chunks(added):
        heirs = await _other_sightings(session, part, import_id)
        vouched = await decisions.vouched(session, list(part))
        await session.execute(update(Question).where(Question.id.in_(vouched)).values(import_id=None))
        heirs = {number: sightings for number, sightings in heirs.items() if number not in vouched}
        alone = [number for number in part if number not in heirs and number not in vouched]
        await session.execute(delete(Question).where(Question.id.in_(alone)))
        for number, sightings in heirs.items():
            await _hand_over(session, number, sightings, letters_of)
        done.deleted += len(alone)
        done.kept += len(heirs) + len(vouched)
        touched |= heirs.keys() | vouched
        touched -= set(alone)
    await session.execute(delete(QuestionSighting).where(QuestionSighting.import_id == import_id))
    for part in _chunks(sorted(touched)):
        await _settle_status(session, part, version)
    await session.execute(update(ImportBatch).where(ImportBatch.id == import_id).values(undone_at=now()))
    return done


async def _take_back_additions(session: AsyncSession, import_id: int) -> set[int]:
    touched: set[int] = set()
    for table in (QuestionWording, RivalAnswer):
        mine = table.import_id == import_id
        touched |= set(await session.scalars(select(table.question_id).where(mine)))
        await session.execute(delete(table).where(mine))
    return touched


async def _take_back_changes(session: AsyncSession, import_id: int) -> set[int]:
    """Fields as they were, unless something else changed them since."""
    changes = await session.execute(
        select(QuestionChange, Question)
        .join(Question, Question.id == QuestionChange.question_id)
        .where(QuestionChange.import_id == import_id)
        .order_by(QuestionChange.id.desc())
    )
    found = changes.all()
    # A reviewer who confirmed an answer vouches for it, whichever file had brought it.
    vouched = await decisions.vouched(session, sorted({question.id for _, question in found}))
    touched: set[int] = set()
    for change, question in found:
        if question.id in vouched and change.field != "aliases":
            continue
        now_there = getattr(question, change.field)
        if change.field == "aliases":
            brought = set(change.after) - set(change.before)
            question.aliases = [alias for alias in question.aliases if alias not in brought]
        elif _plain(now_there) == change.after:
            value = change.before
            if change.field == "valid_until" and value:
                value = date.fromisoformat(value)
            setattr(question, change.field, value)
        touched.add(question.id)
    await session.flush()
    return touched


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


async def _other_sightings(
    session: AsyncSession, ids: Sequence[int], import_id: int
) -> dict[int, list[tuple[int, str, str]]]:
    """Import, its source and what it says of each question that another import names; oldest first."""
    rows = await session.execute(
        select(QuestionSighting.question_id, QuestionSighting.import_id, ImportBatch.source, QuestionSighting.says)
        .join(ImportBatch, ImportBatch.id == QuestionSighting.import_id)
        .where(QuestionSighting.question_id.in_(ids), QuestionSighting.import_id != import_id)
        .order_by(QuestionSighting.import_id)
    )
    found: dict[int, list[tuple[int, str, str]]] = {}
    for number, other, source, says in rows:
        found.setdefault(number, []).append((other, source, says))
    return found


async def _hand_over(
    session: AsyncSession, number: int, sightings: Sequence[tuple[int, str, str]], letters_of: LettersOf
) -> None:
    """Give the question to the first import that agrees with its key, else to one that gives another, else to any."""
    question = await session.get_one(Question, number)
    order = {"key": 0, "other": 1, "nothing": 2}
    heir, source, says = min(sightings, key=lambda sighting: (order[sighting[2]], sighting[0]))
    question.import_id, question.source = heir, source or question.source
    if says == "other":
        rival = await session.scalar(
            select(RivalAnswer).where(RivalAnswer.question_id == number, RivalAnswer.import_id == heir).limit(1)
        )
        if rival is not None:
            question.answer = letters_of(rival.answer, question.options) if question.options else rival.answer
            await session.delete(rival)
    elif says == "nothing":
        question.answer = ""
    await session.flush()


async def _settle_status(session: AsyncSession, ids: Sequence[int], version: int) -> None:
    """Questions nobody contradicts any more are in use again; those without an answer wait for one."""
    contested = set(
        await session.scalars(
            select(RivalAnswer.question_id).where(RivalAnswer.question_id.in_(ids), RivalAnswer.settled_by.is_(None))
        )
    )
    for question in await session.scalars(select(Question).where(Question.id.in_(ids))):
        question.changed_in = version
        if question.status == "retired":
            continue
        if not question.answer:
            question.status = "unanswered"
        else:
            question.status = "disputed" if question.id in contested else "active"
    await session.flush()


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
