"""Every answer, wherever it was given, is practice: it is written down and says when the question comes again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.study import scheduling
from store import study


@dataclass(frozen=True, slots=True)
class Answered:
    """A member answered a question of the bank."""

    member_id: str
    question_id: int
    right: bool
    took_ms: int
    at: datetime
    source: Literal["quiz", "review"]
    hints: int = 0
    group_id: str | None = None
    text: str = ""


async def learn(session: AsyncSession, answered: Answered) -> None:
    """Keep the attempt and schedule the question anew, within the caller's transaction."""
    grade = scheduling.grade_of(right=answered.right, hints=answered.hints)
    settings = await study.studying(session, answered.member_id)
    values = scheduling.reviewed(
        await study.card(session, answered.member_id, answered.question_id),
        grade,
        at=answered.at,
        parameters=settings.parameters if settings else None,
        exam_on=settings.exam_on if settings else None,
        spread=answered.question_id,
    )
    await study.keep(
        session,
        answered.member_id,
        answered.question_id,
        values,
        {
            "group_id": answered.group_id,
            "source": answered.source,
            "text": answered.text[:512],
            "right": answered.right,
            "grade": grade.value,
            "took_ms": answered.took_ms,
            "hints": answered.hints,
            "at": answered.at,
        },
    )
