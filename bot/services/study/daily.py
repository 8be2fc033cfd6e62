"""The question of the day: the one that most of a group would gain by."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.study import scheduling
from local_time import local
from store import study
from store.models import Question, StudyCard

ACTIVE = timedelta(days=14)
"""Who answered nothing for longer is not asked for."""
_MOST = 5000
_TRIED = 20
_REST = timedelta(days=3)
"""A question that the group met so lately is no news."""


async def pick(session: AsyncSession, group_id: str, *, at: datetime) -> Question | None:
    """The question whose summed chance to be forgotten, over the group's active members, is largest.

    ``None`` when they have practised nothing that could be asked.
    """
    members = await study.active(session, group_id, at - ACTIVE)
    lately = await study.met_since(session, group_id, at - _REST)
    for number in (await ranked(session, members, lately, at=at))[:_TRIED]:
        question = await session.get(Question, number)
        if question is not None and _askable(question, local(at).date()):
            return question
    return None


def _askable(question: Question, today: date) -> bool:
    holds = (question.valid_from or today) <= today <= (question.valid_until or today)
    return holds and question.status == "active" and bool(question.answer) and not question.material


async def ranked(
    session: AsyncSession, members: Collection[str], lately: Collection[int], *, at: datetime
) -> list[int]:
    """Questions by the summed chance that the *members* have forgotten them, the largest first; none met *lately*."""
    cards = await study.cards_of_members(session, members, _MOST)
    # Thousands of formulas: others are answered meanwhile.
    gain = await asyncio.to_thread(_gains, [card for card in cards if card.question_id not in lately], at)
    return sorted(gain, key=lambda one: (-gain[one], one))


def _gains(cards: Sequence[StudyCard], at: datetime) -> dict[int, float]:
    """By question: the summed chance that it is forgotten."""
    gain: defaultdict[int, float] = defaultdict(float)
    for card in cards:
        if card.stability:
            gain[card.question_id] += 1 - scheduling.recall(card, at)
    return gain
