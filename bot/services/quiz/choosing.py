"""Which questions of the bank a quiz asks."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.quiz.orders import Order
from store.models import Question
from store.quizzes import asked

_LONGEST_STEM = 300
"""Characters; what is longer is no reading for a phone under a clock."""
_LONGEST_OPTION = 120
_LONGEST_ANSWER = 40
"""Of an open question: what nobody would type, nobody can be judged by."""
_MORE = 4
"""So many times what is needed is looked at, for what cannot be asked after all."""


async def choose(
    session: AsyncSession, order: Order, *, today: date, avoid: Collection[int]
) -> list[tuple[int, dict[str, Any]]]:
    """Questions by chance, with what is asked of each; those to *avoid* only when there are no others."""
    where: list[ColumnElement[bool]] = [
        Question.status == "active",
        Question.answer != "",
        Question.material == "",
        func.length(Question.stem) <= _LONGEST_STEM,
        or_(Question.valid_from.is_(None), Question.valid_from <= today),
        or_(Question.valid_until.is_(None), Question.valid_until >= today),
        or_(Question.kind != "short", func.length(Question.answer) <= _LONGEST_ANSWER),
    ]
    if order.category:
        where.append(Question.category == order.category)
    if order.kind:
        where.append(Question.kind == order.kind)
    if order.hardness:
        where.append(Question.difficulty.between(*order.hardness))
    numbers = list(await session.scalars(select(Question.id).where(*where)))
    # No secret: which questions come nobody can gain by.
    random.shuffle(numbers)
    known = set(avoid)
    numbers.sort(key=known.__contains__)
    rows = await session.scalars(select(Question).where(Question.id.in_(numbers[: order.count * _MORE])))
    by_number = {row.id: row for row in rows if all(len(option) <= _LONGEST_OPTION for option in row.options)}
    chosen = [by_number[number] for number in numbers[: order.count * _MORE] if number in by_number]
    return [(row.id, asked(row)) for row in chosen[: order.count]]
