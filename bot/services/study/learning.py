"""Every answer, wherever it was given, is practice: it is written down and says when the question comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.study import scheduling
from store import attempts as log
from store import quizzes, study
from store.db import Sessions, writers_turn
from store.models import Quiz, QuizAnswer, QuizItem, StudyCard

_AT_ONCE = 500
_LINGER_S = 0.5
"""Answers of so long are learnt together: nobody waits for it."""
_AGAIN_S = 30.0
"""Looked for by itself so often: what another process, killed, left."""


class Learner:
    """Makes practice of the answers in the database; told of new ones, it lets a few come together."""

    def __init__(self, sessions: Sessions, writing: AbstractAsyncContextManager[Any] | None = None) -> None:
        self._sessions = sessions
        self._writing = writing or writers_turn(sessions)
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()

    def told(self) -> None:
        """There are new answers."""
        self._news.set()

    async def watch(self) -> None:
        """Learn until cancelled; a database that is away only delays it."""
        while True:
            try:
                await self.learn()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("answers could not be learnt: {}", type(error).__name__)
            try:
                await asyncio.wait_for(self._news.wait(), _AGAIN_S)
            except TimeoutError:
                continue
            await asyncio.sleep(_LINGER_S)

    async def learn(self) -> int:
        """Everything that there is; how many answers."""
        count = 0
        async with self._turn:
            self._news.clear()
            while True:
                async with self._writing, self._sessions.begin() as session:
                    found = await quizzes.unlearned(session, _AT_ONCE)
                    await _learn(session, found)
                count += len(found)
                if len(found) < _AT_ONCE:
                    return count


async def _learn(session: AsyncSession, found: Sequence[tuple[QuizAnswer, QuizItem, Quiz]]) -> None:
    if not found:
        return
    mine = await quizzes.mark_learned(session, [answer.id for answer, _, _ in found])
    known = [
        (answer, item, quiz, item.question_id)
        for answer, item, quiz in found
        if item.question_id is not None and answer.id in mine
    ]
    pairs = {(answer.member_id, number) for answer, _, _, number in known}
    cards = await study.cards_of(session, pairs)
    settings = await study.settings_of(session, {member for member, _ in pairs})
    attempts: list[dict[str, Any]] = []
    for answer, item, quiz, number in known:
        key, how = (answer.member_id, number), settings.get(answer.member_id)
        grade = scheduling.grade_of(right=answer.right, hints=item.hints)
        values = scheduling.reviewed(
            cards.get(key),
            grade,
            at=answer.answered_at,
            parameters=how.parameters if how else None,
            exam_on=how.exam_on if how else None,
            spread=number,
        )
        shelved = cards[key].shelved if key in cards else False
        before = log.snapshot(cards.get(key))
        cards[key] = StudyCard(member_id=answer.member_id, question_id=number, shelved=shelved, before=before, **values)
        attempts.append(
            {
                "member_id": answer.member_id,
                "question_id": number,
                "group_id": quiz.group_id,
                "source": "review" if quiz.mode == "review" else "quiz",
                "text": answer.text,
                "right": answer.right,
                "grade": grade.value,
                "took_ms": answer.took_ms,
                "hints": item.hints,
                "at": answer.answered_at,
            }
        )
    await study.keep(session, [cards[key] for key in sorted(pairs)], attempts)
