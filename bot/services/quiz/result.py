"""How a game came out, in words and as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.services.drawing import drawn
from bot.services.quiz import words
from bot.services.quiz.record import Record
from bot.services.quiz.relay import Relay
from store import quizzes
from store.models import Quiz, QuizAnswer, QuizItem


@dataclass(frozen=True, slots=True)
class Result:
    text: str
    scores: list[quizzes.Score]
    rates: dict[int, tuple[int, int]]
    """By number of the question: right answers, of how many."""
    quickest: QuizAnswer | None
    teams: str = ""
    """How its teams stand, where there are any."""

    async def drawn(self, picture: Picture, quiz: Quiz, items: Sequence[QuizItem]) -> bytes:
        """As *picture* draws it; empty when that fails."""
        return await drawn(f"the result of quiz {quiz.id}", picture, quiz, items, self)


Picture = Callable[[Quiz, Sequence[QuizItem], Result], bytes]
"""Draws how a game came out."""


async def result_of(record: Record, relay: Relay | None = None) -> Result:
    """What the database has of the game, with its teams if it is a *relay*.

    Raises:
        SQLAlchemyError, OSError: it cannot be read just now.
    """
    quiz = record.quiz
    async with record.sessions() as session:
        scores = await quizzes.scores(session, quiz.id)
        rates = await quizzes.right_rates(session, quiz.id)
        quickest = await quizzes.quickest(session, quiz.id)
    shown = sum(item.state in ("settled", "skipped") for item in record.items)
    text = words.summary(scores, asked=shown, rates=rates, alone=record.alone)
    if relay is None or not scores:
        return Result(text, scores, rates, quickest)
    return Result(f"{await relay.outcome()}\n{text}", scores, rates, quickest, teams=await relay.standing())
