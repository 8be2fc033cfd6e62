"""Looking questions up in the bank, and noticing when it changes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import BankVersion, Question, QuestionWording


@dataclass(frozen=True, slots=True)
class BankItem:
    """A question of the bank, detached from any session."""

    id: int
    kind: str
    stem: str
    options: tuple[str, ...]
    answer: str
    aliases: tuple[str, ...]
    explanation: str
    category: str
    source: str
    valid_until: date | None
    status: str
    stem_hash: int

    @classmethod
    def of(cls, row: Question) -> BankItem:
        return cls(
            row.id,
            row.kind,
            row.stem,
            tuple(row.options),
            row.answer,
            tuple(row.aliases),
            row.explanation,
            row.category,
            row.source,
            row.valid_until,
            row.status,
            row.stem_hash,
        )

    def holds_on(self, day: date) -> bool:
        """Whether the fact is still known to be true on *day*."""
        return self.valid_until is None or day <= self.valid_until


async def candidates(session: AsyncSession, stem_hashes: Iterable[int]) -> Sequence[BankItem]:
    """Items asked with one of these stems, or known under such a wording; by id; retired ones left out."""
    wanted = list(stem_hashes)
    worded = select(QuestionWording.question_id).where(QuestionWording.stem_hash.in_(wanted))
    rows = await session.scalars(
        select(Question)
        .where(or_(Question.stem_hash.in_(wanted), Question.id.in_(worded)), Question.status != "retired")
        .order_by(Question.id)
    )
    return [BankItem.of(row) for row in rows]


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


async def bump_version(session: AsyncSession) -> None:
    """Say that the bank changed; belongs into the same transaction as the change."""
    await session.execute(update(BankVersion).values(version=BankVersion.version + 1))


async def size(session: AsyncSession) -> int:
    """How many questions can answer."""
    count = await session.scalar(select(func.count()).select_from(Question).where(Question.status == "active"))
    return count or 0
