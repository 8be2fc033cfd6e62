"""What an import reads from the question tables and writes to them. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, defer

from store.models import (
    BankVersion,
    ImportBatch,
    Question,
    QuestionChange,
    QuestionSighting,
    QuestionWording,
    RivalAnswer,
)

T = TypeVar("T")

_CHUNK = 1000
"""Rows a statement; SQLite takes 32,766 parameters, a question has 16."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A question as the bank holds it, as far as an import compares it."""

    id: int
    fingerprint: str
    stem_hash: int
    status: str
    kind: str
    stem: str
    options: list[str]
    material: str
    answer: str
    aliases: list[str]
    explanation: str
    category: str
    difficulty: int | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Rival:
    """A recorded second answer and the row of the file that first claimed it."""

    question_id: int
    answer: str
    sha256: str | None
    row: int | None


async def lock_bank(session: AsyncSession) -> None:
    """Keep every other import waiting until this transaction ends.

    On SQLite this takes the one write lock, on PostgreSQL the lock of the version row.
    """
    touched = await session.scalars(update(BankVersion).values(version=BankVersion.version).returning(BankVersion.id))
    if not touched.all():
        await session.execute(insert(BankVersion).values(id=1, version=0))


async def plan_lookups(session: AsyncSession) -> None:
    """Have PostgreSQL plan each lookup of this transaction for its own values.

    After five runs it would otherwise reuse a plan made for unknown values, which
    compares every question with every value: a minute instead of a second.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def existing(session: AsyncSession, fingerprints: Iterable[str]) -> list[Existing]:
    """Questions with one of the *fingerprints*, whatever their status, by id."""
    return await _existing(session, Question.fingerprint, list(fingerprints))


async def existing_by_id(session: AsyncSession, ids: Iterable[int]) -> list[Existing]:
    """Questions with one of the *ids* that are not retired, by id."""
    found = await _existing(session, Question.id, list(ids))
    return [question for question in found if question.status != "retired"]


async def _existing(session: AsyncSession, column: InstrumentedAttribute[Any], values: Sequence[Any]) -> list[Existing]:
    columns = [getattr(Question, field.name) for field in fields(Existing)]
    found: list[Existing] = []
    for part in _chunks(values):
        rows = await session.execute(select(*columns).where(column.in_(part)))
        found.extend(Existing(*row) for row in rows)
    return sorted(found, key=lambda question: question.id)


async def rivals(session: AsyncSession, question_ids: Iterable[int]) -> list[Rival]:
    """Recorded second answers of the questions, oldest first; a later import of the same claim is not one."""
    found: list[tuple[int, Rival]] = []
    for part in _chunks(list(question_ids)):
        rows = await session.execute(
            select(RivalAnswer.id, RivalAnswer.question_id, RivalAnswer.answer, ImportBatch.sha256, RivalAnswer.row)
            .outerjoin(ImportBatch, ImportBatch.id == RivalAnswer.import_id)
            .where(RivalAnswer.question_id.in_(part))
        )
        found.extend((row[0], Rival(row[1], row[2], row[3], row[4])) for row in rows)
    return [rival for _, rival in sorted(found, key=lambda pair: pair[0])]


async def wording_hashes(session: AsyncSession, question_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Question id and stem hash of every other wording the questions have."""
    found: set[tuple[int, int]] = set()
    for part in _chunks(list(question_ids)):
        rows = await session.execute(
            select(QuestionWording.question_id, QuestionWording.stem_hash).where(QuestionWording.question_id.in_(part))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


async def ids_of(session: AsyncSession, fingerprints: Iterable[str]) -> dict[str, int]:
    """Question id of each known fingerprint."""
    found: dict[str, int] = {}
    for part in _chunks(list(fingerprints)):
        rows = await session.execute(select(Question.fingerprint, Question.id).where(Question.fingerprint.in_(part)))
        found.update((row[0], row[1]) for row in rows)
    return found


async def batch_known(session: AsyncSession, sha256: str) -> bool:
    """Whether a file with these bytes was imported before, and that was not undone."""
    known = select(ImportBatch.id).where(ImportBatch.sha256 == sha256, ImportBatch.undone_at.is_(None))
    return await session.scalar(known.limit(1)) is not None


async def add_batch(
    session: AsyncSession, *, file_name: str, sha256: str, source: str, counts: dict[str, int], report: bytes
) -> int:
    """Record an imported file; its id. *report* is gzipped csv."""
    batch = ImportBatch(file_name=file_name, sha256=sha256, source=source, counts=counts, report=report)
    session.add(batch)
    await session.flush()
    return batch.id


async def batches(session: AsyncSession, most: int) -> Sequence[ImportBatch]:
    """Imports, newest first; their reports are not loaded."""
    found = select(ImportBatch).options(defer(ImportBatch.report, raiseload=True))
    return list(await session.scalars(found.order_by(ImportBatch.id.desc()).limit(most)))


async def batch_report(session: AsyncSession, import_id: int) -> tuple[str, bytes] | None:
    """File name and gzipped csv of an import; ``None`` when it is unknown or has no report."""
    batch = await session.get(ImportBatch, import_id)
    return (batch.file_name, batch.report) if batch is not None and batch.report is not None else None


async def add_questions(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert questions given as column values."""
    await _insert(session, Question, rows)


async def add_wordings(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert other wordings given as column values."""
    await _insert(session, QuestionWording, rows)


async def add_rivals(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert second answers given as column values."""
    await _insert(session, RivalAnswer, rows)


async def add_sightings(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert which questions a file names, given as column values."""
    await _insert(session, QuestionSighting, rows)


async def add_changes(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert what an import changed on questions it did not add, given as column values."""
    await _insert(session, QuestionChange, rows)


async def touch(session: AsyncSession, question_ids: Iterable[int], version: int) -> None:
    """Say that a search index must read these questions anew."""
    for part in _chunks(list(question_ids)):
        await session.execute(update(Question).where(Question.id.in_(part)).values(changed_in=version))


async def dispute(session: AsyncSession, question_ids: Iterable[int]) -> None:
    """Take the active ones of these questions out of use: two answers are claimed."""
    for part in _chunks(list(question_ids)):
        await session.execute(
            update(Question).where(Question.id.in_(part), Question.status == "active").values(status="disputed")
        )


async def change(session: AsyncSession, question_id: int, values: Mapping[str, Any]) -> None:
    """Set columns of one question."""
    await session.execute(update(Question).where(Question.id == question_id).values(**values))


async def _insert(session: AsyncSession, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    for part in _chunks(rows):
        await session.execute(insert(table.__table__), [dict(row) for row in part])


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
