"""The model as one of the players: what it answers, and when its doubt about a key is worth a reviewer's look."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from loguru import logger
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import review_gain as worth
from bot.services.corrections import subject as subjects
from bot.services.judging import Given, Question, judge, read
from bot.services.quiz import words
from bot.services.quiz.asked import question_of
from bot.services.quiz.record import Record
from bot.services.review.intake import grow
from inference.client import ModelClient
from inference.errors import InferenceError
from inference.prompts import is_unsure, question_messages, question_text
from store import quizzes
from store.models import Question as BankQuestion
from store.models import QuizAnswer, QuizItem

_LISTED = re.compile(r"(?:^|[；;])\s*([A-H])\s*(?=[.．、:：)）；;]|\s|$)")

_WAIT_S = 5.0
"""For a model that has had all of the members' time already."""


class ModelPlayer:
    def __init__(self, model: ModelClient) -> None:
        self._model = model

    @property
    def there(self) -> bool:
        return self._model.available

    async def answer(self, asked: Mapping[str, Any], lane: str) -> str:
        """The first line of its answer; empty when it has none."""
        try:
            done = await self._model.complete(
                question_messages(question_text(asked["stem"], asked["options"])), lane=lane
            )
        except InferenceError as error:
            logger.info("the model did not play along: {}", error.reason)
            return ""
        return "" if is_unsure(done.text) else done.text.strip().partition("\n")[0].strip()


class Rival:
    """The model's place in one game: it thinks while the members do."""

    def __init__(self, record: Record, model: ModelPlayer) -> None:
        self._record = record
        self._model = model
        self._thinking: asyncio.Task[str] | None = None

    def think(self, item: QuizItem) -> None:
        """Begin to answer *item*."""
        self._thinking = asyncio.create_task(self._model.answer(item.asked, self._record.quiz.lane))

    async def said(self, item: QuizItem, given: Sequence[QuizAnswer]) -> str:
        """What it answered, in words; with most members against the key, it sends the question to the reviewers."""
        text = ""
        if self._thinking is not None:
            await asyncio.wait({self._thinking}, timeout=_WAIT_S)
            if self._thinking.done() and not self._thinking.cancelled() and self._thinking.exception() is None:
                text = self._thinking.result()
        answered = given_by(question_of(item), text) if text else None
        right = judge(question_of(item), answered).right if answered else None
        against = right is False and sum(not one.right for one in given) * 2 > len(given)
        async with self._record.writing() as session:
            await quizzes.change_item(session, item.id, "open", model_answer=text[:500])
            if against and item.question_id is not None:
                await doubt(session, item.question_id)
        return words.model_said(text, right=right)


def given_by(question: Question, line: str) -> Given | None:
    """What the model chose, as :data:`inference.prompts.SYSTEM_PROMPT` has it write: ``A. 甲；C. 丙``."""
    letters = sorted(set(_LISTED.findall(line))) if question.options else []
    return Given("".join(letters), certain=True) if letters else read(question, line)


async def doubt(session: AsyncSession, question_id: int) -> None:
    """Members and model agree against the key of the question: a reviewer should look."""
    question = await session.get(BankQuestion, question_id)
    if question is not None:
        await grow(session, subjects.of_question(question), "disagreement", worth.DISAGREEMENT)
