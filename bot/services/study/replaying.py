"""A card worked out anew from everything that was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.services.study import scheduling
from store.attempts import Review, snapshot
from store.models import StudyCard, Studying


def replayed(
    member_id: str, question_id: int, log: Sequence[Review], how: Studying | None, *, shelved: bool
) -> StudyCard:
    """The member's card of a question after the answers of *log*, one at least, oldest first."""
    card: StudyCard | None = None
    before: dict[str, Any] = {}
    for one in log:
        if one is log[-1]:
            before = snapshot(card)
        values = scheduling.reviewed(
            card,
            scheduling.grade_of(right=one.right, hints=one.hints),
            at=one.at,
            parameters=how.parameters if how else None,
            exam_on=how.exam_on if how else None,
            spread=question_id,
        )
        card = StudyCard(member_id=member_id, question_id=question_id, shelved=shelved, **values)
    assert card is not None
    card.before = before
    return card
