"""How a game came out, in words and as a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loguru import logger

from bot.services.quiz import words
from store import quizzes
from store.db import Sessions
from store.models import Quiz, QuizAnswer, QuizItem

Picture = Callable[
    [Quiz, Sequence[QuizItem], Sequence[quizzes.Score], dict[int, tuple[int, int]], QuizAnswer | None], bytes
]
"""Draws how a game came out."""


@dataclass(frozen=True, slots=True)
class Result:
    text: str
    scores: list[quizzes.Score]
    rates: dict[int, tuple[int, int]]
    """By number of the question: right answers, of how many."""
    quickest: QuizAnswer | None

    async def drawn(self, picture: Picture, quiz: Quiz, items: Sequence[QuizItem]) -> bytes:
        """As *picture* draws it; empty when that fails."""
        try:
            return await asyncio.to_thread(picture, quiz, items, self.scores, self.rates, self.quickest)
        except Exception:  # noqa: BLE001 - the words say it too
            logger.exception("the result of quiz {} could not be drawn", quiz.id)
            return b""


async def result_of(sessions: Sessions, quiz: Quiz, items: Sequence[QuizItem]) -> Result:
    """What the database has of the game.

    Raises:
        SQLAlchemyError, OSError: it cannot be read just now.
    """
    async with sessions() as session:
        scores = await quizzes.scores(session, quiz.id)
        rates = await quizzes.right_rates(session, quiz.id)
        quickest = await quizzes.quickest(session, quiz.id)
    shown = sum(item.state in ("settled", "skipped") for item in items)
    text = words.summary(scores, asked=shown, rates=rates, alone=quiz.group_id is None)
    return Result(text, scores, rates, quickest)
