"""The texts of questions, as the search index takes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db import Sessions
from store.models import Question, QuestionWording

Texts = tuple[int, list[str], list[str]]

_STEP = 5000
_MATERIAL = 300
"""Characters of a shared passage: enough to find its questions."""


async def entries(sessions: Sessions) -> AsyncGenerator[list[Texts]]:
    """All questions that are not retired, in steps; no transaction stays open between them."""
    last = 0
    while True:
        async with sessions() as session:
            part = await _texts(session, Question.id > last, Question.status != "retired", limit=_STEP)
        if not part:
            return
        yield part
        last = part[-1][0]


async def changed_since(session: AsyncSession, version: int, *, most: int) -> tuple[list[Texts] | None, list[int]]:
    """Questions that changed after *version* and the ids of retired ones; ``None`` for more than *most*."""
    late = Question.changed_in > version
    count = await session.scalar(select(func.count()).select_from(Question).where(late)) or 0
    if count > most:
        return None, []
    gone = await session.scalars(select(Question.id).where(late, Question.status == "retired"))
    return await _texts(session, late, Question.status != "retired"), list(gone)


async def _texts(session: AsyncSession, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Texts]:
    columns = (Question.id, Question.stem, Question.options, Question.material)
    rows = (await session.execute(select(*columns).where(*conditions).order_by(Question.id).limit(limit))).all()
    if not rows:
        return []
    wordings: dict[int, list[str]] = {}
    worded = select(QuestionWording.question_id, QuestionWording.stem)
    for number, stem in await session.execute(worded.where(_between(rows))):
        wordings.setdefault(number, []).append(stem)
    return [
        (number, [stem, *wordings.get(number, ())], [*options, material[:_MATERIAL]])
        for number, stem, options, material in rows
    ]


def _between(rows: Sequence[Any]) -> ColumnElement[bool]:
    return QuestionWording.question_id.between(rows[0][0], rows[-1][0])
