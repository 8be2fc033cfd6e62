"""Looking questions up in the bank, and noticing when it changes."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from sys import intern
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import BankVersion, Question, QuestionWording


@dataclass(frozen=True, slots=True)
class BankItem:
    """A question of the bank, detached from any session."""

    id: int
    kind: str
    stem: str
    options: tuple[str, ...]
    material: str
    answer: str
    aliases: tuple[str, ...]
    explanation: str
    category: str
    source: str
    valid_until: date | None
    status: str
    stem_hash: int

    def holds_on(self, day: date) -> bool:
        """Whether the fact is still known to be true on *day*."""
        return self.valid_until is None or day <= self.valid_until


async def candidates(session: AsyncSession, stem_hash: int) -> Sequence[BankItem]:
    """Items asked with this stem, or known under such a wording; by id; retired ones left out."""
    worded = select(QuestionWording.question_id).where(QuestionWording.stem_hash == stem_hash)
    return await _items(session, or_(Question.stem_hash == stem_hash, Question.id.in_(worded)))


async def by_stem(session: AsyncSession) -> dict[int, list[BankItem]]:
    """The whole bank by stem hash, other wordings too: for banks that fit in memory."""
    items = {item.id: item for item in await _items(session, true())}
    found: dict[int, list[BankItem]] = {}
    for item in items.values():
        found.setdefault(item.stem_hash, []).append(item)
    wordings = await session.execute(select(QuestionWording.stem_hash, QuestionWording.question_id))
    for stem_hash, question_id in wordings:
        known = found.setdefault(stem_hash, [])
        if question_id in items and items[question_id] not in known:
            known.append(items[question_id])
    return {stem_hash: sorted(known, key=lambda item: item.id) for stem_hash, known in found.items()}


async def reworded(session: AsyncSession) -> frozenset[int]:
    """Ids of the questions that have other wordings."""
    return frozenset(await session.scalars(select(QuestionWording.question_id).distinct()))


async def by_ids(
    session: AsyncSession, ids: Sequence[int], *, reworded: Collection[int] | None = None
) -> list[tuple[BankItem, tuple[str, ...]]]:
    """The items with these ids and their other wordings, in the order of *ids*; retired and unknown ones left out.

    Only the items in *reworded* are asked for wordings when that is given.
    """
    items = {item.id: item for item in await _items(session, Question.id.in_(ids))}
    wordings: dict[int, list[str]] = {}
    asked = ids if reworded is None else [number for number in ids if number in reworded]
    if asked:
        worded = select(QuestionWording.question_id, QuestionWording.stem).where(QuestionWording.question_id.in_(asked))
        for number, stem in await session.execute(worded):
            wordings.setdefault(number, []).append(stem)
    return [(items[number], tuple(wordings.get(number, ()))) for number in ids if number in items]


_COLUMNS: list[Any] = [getattr(Question, field.name) for field in fields(BankItem)]


async def _items(session: AsyncSession, condition: ColumnElement[bool]) -> list[BankItem]:
    # Columns, not objects: this runs for questions that members ask.
    rows = await session.execute(select(*_COLUMNS).where(condition, Question.status != "retired").order_by(Question.id))
    items: list[BankItem] = []
    for row in rows.mappings():
        values: dict[str, Any] = {**row, "options": tuple(row["options"]), "aliases": tuple(row["aliases"])}
        # A bank held in memory says the same few words thousands of times.
        values |= {name: intern(row[name]) for name in ("kind", "category", "source", "status")}
        items.append(BankItem(**values))
    return items


async def stem_hashes(session: AsyncSession) -> array[int]:
    """Every stem hash of the bank, wordings too, sorted: 8 bytes each, to be searched by bisection."""
    found: array[int] = array("q")
    for column in (Question.stem_hash, QuestionWording.stem_hash):
        result = await session.stream_scalars(select(column))
        async for part in result.partitions(5000):
            found.extend(part)
    return array("q", sorted(found))


async def version(session: AsyncSession) -> int:
    """Grows with every change of the bank."""
    return await session.scalar(select(BankVersion.version)) or 0


async def bump_version(session: AsyncSession) -> int:
    """Say that the bank changes; the new version, for ``Question.changed_in``. Belongs into the change's transaction."""
    bumped = await session.scalars(
        update(BankVersion).values(version=BankVersion.version + 1).returning(BankVersion.version)
    )
    return bumped.one()


async def indexed_size(session: AsyncSession) -> int:
    """How many questions a search index holds: all but the retired."""
    return await session.scalar(select(func.count()).select_from(Question).where(Question.status != "retired")) or 0


async def size(session: AsyncSession) -> int:
    """How many questions can answer."""
    count = await session.scalar(select(func.count()).select_from(Question).where(Question.status == "active"))
    return count or 0
