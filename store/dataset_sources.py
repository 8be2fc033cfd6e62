"""What the database has for a training set. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from store.db import Sessions
from store.models import (
    Ask,
    Correction,
    GateCase,
    Paraphrase,
    Question,
    QuestionWording,
    Rating,
    ReviewItem,
    SplitPlace,
)

_STEP = 4000
"""Questions a query: some MB."""
_ANSWERED = ("changed", "confirmed", "added", "alias", "extended")
"""Verdicts after which the question's answer is the reviewers'."""


class BankRow(NamedTuple):
    """A question as a training set reads it, and where it was placed before."""

    id: int
    kind: str
    stem: str
    options: list[str]
    material: str
    answer: str
    aliases: list[str]
    explanation: str
    category: str
    source: str
    valid_from: date | None
    valid_until: date | None
    status: str
    fingerprint: str
    side: str | None
    """``None`` while no training set has placed it."""
    cluster: str | None


@dataclass(slots=True)
class Step:
    """Some questions by id, and their other wordings by question id (in no order that means anything)."""

    rows: list[BankRow]
    wordings: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    paraphrases: dict[int, list[str]] = field(default_factory=dict[int, list[str]])


@dataclass(frozen=True, slots=True)
class Decision:
    """The latest approved decision that gave a question its answer."""

    accepted: tuple[int, ...]
    """Ids of the accepted corrections of all the question's decisions, ascending."""
    withdrawn: bool
    """Whether members brought it up and every one of them took it back."""


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """A question that reviewers say nobody can answer."""

    kind: str
    stem: str
    options: tuple[str, ...]
    material: str
    subject: str
    accepted: tuple[int, ...]


@asynccontextmanager
async def snapshot(sessions: Sessions) -> AsyncGenerator[AsyncSession]:
    """A session whose every query sees the database as it was at the first one; nothing is written with it."""
    async with sessions() as session:
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        else:
            # Python's driver opens no transaction for reading alone.
            await session.execute(text("BEGIN"))
        yield session


COLUMNS = (
    Question.id,
    Question.kind,
    Question.stem,
    Question.options,
    Question.material,
    Question.answer,
    Question.aliases,
    Question.explanation,
    Question.category,
    Question.source,
    Question.valid_from,
    Question.valid_until,
    Question.status,
    Question.fingerprint,
    SplitPlace.side,
    SplitPlace.cluster,
)


async def bank_size(session: AsyncSession) -> int:
    """Every row of the bank, whatever its status."""
    return await session.scalar(select(func.count()).select_from(Question)) or 0


async def bank(session: AsyncSession) -> AsyncGenerator[Step]:
    """The whole bank by id, in steps, whatever the status."""
    placed = select(*COLUMNS).outerjoin(SplitPlace, SplitPlace.fingerprint == Question.fingerprint)
    last = 0
    while True:
        found = await session.execute(placed.where(Question.id > last).order_by(Question.id).limit(_STEP))
        rows = [BankRow(*row) for row in found]
        if not rows:
            return
        step = Step(rows)
        first, last = rows[0].id, rows[-1].id
        worded = select(QuestionWording.question_id, QuestionWording.stem)
        await _gather(session, worded.where(QuestionWording.question_id.between(first, last)), step.wordings)
        reworded = (
            select(Paraphrase.question_id, Paraphrase.stem)
            .join(Question, Question.id == Paraphrase.question_id)
            .where(Paraphrase.of_stem_hash == Question.stem_hash, Paraphrase.question_id.between(first, last))
        )
        await _gather(session, reworded, step.paraphrases)
        yield step


async def _gather(session: AsyncSession, statement: Select[int, str], into: dict[int, list[str]]) -> None:
    for number, stem in await session.execute(statement):
        into.setdefault(number, []).append(stem)


async def decisions(session: AsyncSession) -> dict[int, Decision]:
    """By question id: what reviewers decided about its answer; questions without such a decision are left out."""
    accepted = await _accepted(session, ReviewItem.verdict.in_(_ANSWERED), ReviewItem.question_id.is_not(None))
    counts = (
        select(
            Correction.item_id,
            func.count().label("told"),
            func.count().filter(Correction.status == "withdrawn").label("taken_back"),
        )
        .group_by(Correction.item_id)
        .subquery()
    )
    rows = await session.execute(
        select(ReviewItem.id, ReviewItem.question_id, counts.c.told, counts.c.taken_back)
        .outerjoin(counts, counts.c.item_id == ReviewItem.id)
        .where(ReviewItem.status == "approved", ReviewItem.verdict.in_(_ANSWERED), ReviewItem.question_id.is_not(None))
        .order_by(ReviewItem.decided_at, ReviewItem.id)
    )
    heard: dict[int, tuple[int, ...]] = {}
    withdrawn: dict[int, bool] = {}
    for item_id, question_id, told, taken_back in rows:
        if question_id is None:
            continue
        heard[question_id] = heard.get(question_id, ()) + accepted.get(item_id, ())
        # The last word counts, as it is the one that the answer comes from.
        withdrawn[question_id] = bool(told) and told == taken_back
    return {number: Decision(tuple(sorted(ids)), withdrawn[number]) for number, ids in heard.items()}


async def unanswerable(session: AsyncSession) -> list[Unanswerable]:
    """Questions that reviewers say nobody can answer, the last word on each, unless all its reporters took theirs back."""
    accepted = await _accepted(session, ReviewItem.verdict == "unanswerable")
    told = await session.execute(
        select(Correction.item_id, func.count(), func.count().filter(Correction.status == "withdrawn"))
        .join(ReviewItem, ReviewItem.id == Correction.item_id)
        .where(ReviewItem.verdict == "unanswerable")
        .group_by(Correction.item_id)
    )
    withdrawn = {row[0] for row in told if row[1] == row[2]}
    rows = await session.scalars(
        select(ReviewItem).where(ReviewItem.status == "approved").where(_is_last_word()).order_by(ReviewItem.id)
    )
    return [
        Unanswerable(item.kind, item.stem, tuple(item.options), item.material, item.subject, accepted.get(item.id, ()))
        for item in rows
        if item.id not in withdrawn
    ]


def _is_last_word() -> Any:
    """Approved as unanswerable, and no later approved decision about the same question."""
    later = aliased(ReviewItem)
    newer = (
        select(later.id)
        .where(
            later.subject == ReviewItem.subject,
            later.status == "approved",
            later.decided_at > ReviewItem.decided_at,
        )
        .exists()
    )
    return (ReviewItem.verdict == "unanswerable") & ~newer


async def _accepted(session: AsyncSession, *conditions: Any) -> dict[int, tuple[int, ...]]:
    rows = await session.execute(
        select(Correction.item_id, Correction.id)
        .join(ReviewItem, ReviewItem.id == Correction.item_id)
        .where(Correction.status == "accepted", ReviewItem.status == "approved", *conditions)
        .order_by(Correction.id)
    )
    found: dict[int, tuple[int, ...]] = {}
    for item_id, number in rows:
        found[item_id] = (*found.get(item_id, ()), number)
    return found


async def gate_cases(session: AsyncSession, day: date) -> list[GateCase]:
    """The cases that hold on *day*: of each question the newest whose decision stands, unless it was retired since;
    by fingerprint."""
    rows = await session.scalars(
        select(GateCase)
        .join(ReviewItem, ReviewItem.id == GateCase.item_id)
        .where(ReviewItem.status == "approved")
        .order_by(GateCase.fingerprint, GateCase.created_at, GateCase.item_id)
    )
    newest = {case.fingerprint: case for case in rows}
    retired = await session.execute(
        select(ReviewItem.subject, ReviewItem.decided_at)
        .where(ReviewItem.status == "approved", ReviewItem.verdict == "retired")
        .order_by(ReviewItem.decided_at)
    )
    gone: dict[str, datetime] = {}
    for row in retired:
        if (at := row[1]) is not None:
            gone[row[0]] = at
    holding = [
        case
        for case in newest.values()
        if (case.valid_until is None or day <= case.valid_until)
        # A question that was taken out of use afterwards is no measure of a model.
        and not (case.fingerprint in gone and gone[case.fingerprint] >= case.created_at)
    ]
    # Sorted here: databases differ in how they order text.
    return sorted(holding, key=lambda case: case.fingerprint)


async def wrong_counts(session: AsyncSession) -> dict[int, int]:
    """By question id, how often an answer to it was voted down: the ones to learn first."""
    rows = await session.execute(
        select(Ask.question_id, func.count())
        .join(Rating, Rating.ask_id == Ask.id)
        .where(Rating.value == -1, Ask.question_id.is_not(None))
        .group_by(Ask.question_id)
    )
    return {number: count for number, count in rows if number is not None}


async def corrected_rounds(session: AsyncSession) -> dict[int, str]:
    """By id of an accepted correction, the training round of the model whose answer it corrects, where one is known."""
    rows = await session.execute(
        select(Correction.id, Ask.passport["round"].as_string())
        .join(Ask, Ask.id == Correction.ask_id)
        .where(Correction.status == "accepted")
    )
    return {number: name for number, name in rows if name}
