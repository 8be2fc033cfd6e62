"""The model as one of the players: what it answers, and when its doubt about a key is worth a reviewer's look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from loguru import logger
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections import subject as subjects
from bot.services.quiz.judging import Given, Question, read
from bot.services.review import gain as worth
from bot.services.review.intake import grow
from inference.client import ModelClient
from inference.errors import InferenceError
from inference.prompts import is_unsure, question_messages, question_text
from store.models import Question as BankQuestion

_LISTED = re.compile(r"(?:^|[；;])\s*([A-H])\s*(?=[.．、:：)）；;]|\s|$)")


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


def given_by(question: Question, line: str) -> Given | None:
    """What the model chose, as :data:`inference.prompts.SYSTEM_PROMPT` has it write: ``A. 甲；C. 丙``."""
    letters = sorted(set(_LISTED.findall(line))) if question.options else []
    return Given("".join(letters), certain=True) if letters else read(question, line)


async def doubt(session: AsyncSession, question_id: int) -> None:
    """Members and model agree against the key of the question: a reviewer should look."""
    question = await session.get(BankQuestion, question_id)
    if question is not None:
        await grow(session, subjects.of_question(question), "disagreement", worth.DISAGREEMENT)
