"""Other wordings of questions that a model proposed. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.dataset_sources import COLUMNS, BankRow
from store.models import Ask, Paraphrase, Question, Rating, SplitPlace
from store.wording import stem_hash


async def lacking(session: AsyncSession, limit: int) -> list[BankRow]:
    """Active questions that have no paraphrase of their stem, those voted down most first."""
    wrong = (
        select(Ask.question_id, func.count().label("times"))
        .join(Rating, Rating.ask_id == Ask.id)
        .where(Rating.value == -1)
        .group_by(Ask.question_id)
        .subquery()
    )
    there = select(Paraphrase.id).where(
        Paraphrase.question_id == Question.id, Paraphrase.of_stem_hash == Question.stem_hash
    )
    rows = await session.execute(
        select(*COLUMNS)
        .outerjoin(SplitPlace, SplitPlace.fingerprint == Question.fingerprint)
        .outerjoin(wrong, wrong.c.question_id == Question.id)
        .where(Question.status == "active", ~there.exists())
        .order_by(func.coalesce(wrong.c.times, 0).desc(), Question.id)
        .limit(limit)
    )
    return [BankRow(*row) for row in rows]


async def add(session: AsyncSession, *, question_id: int, of_stem_hash: int, stems: Sequence[str], model: str) -> int:
    """Keep other wordings of a question; how many of them it did not have yet."""
    known = set(await session.scalars(select(Paraphrase.stem_hash).where(Paraphrase.question_id == question_id)))
    added = 0
    for stem in stems:
        hashed = stem_hash(stem)
        if hashed in known:
            continue
        known.add(hashed)
        added += 1
        session.add(
            Paraphrase(question_id=question_id, stem=stem, stem_hash=hashed, of_stem_hash=of_stem_hash, model=model)
        )
    return added
