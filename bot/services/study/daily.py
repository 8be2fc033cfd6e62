"""The question of the day: the one that most of a group would gain by."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.study import scheduling
from store import study
from store.models import Question

_ACTIVE = timedelta(days=14)
_REST = timedelta(days=3)
"""A question that the group met so lately is no news."""


async def pick(session: AsyncSession, group_id: str, *, at: datetime) -> Question | None:
    """The question whose summed chance to be forgotten, over the group's active members, is largest.

    ``None`` when they have practised nothing that could be asked.
    """
    members = await study.active(session, group_id, at - _ACTIVE)
    lately = await study.met_since(session, group_id, at - _REST)
    gain: defaultdict[int, float] = defaultdict(float)
    for card in await study.cards_of_members(session, members):
        if card.question_id not in lately and card.stability:
            gain[card.question_id] += 1 - scheduling.recall(card, at)
    for number in sorted(gain, key=lambda one: (-gain[one], one)):
        question = await session.get(Question, number)
        if question is not None and question.status == "active" and question.answer and not question.material:
            return question
    return None
