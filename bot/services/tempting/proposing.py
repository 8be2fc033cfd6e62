"""Notices which wrong options members fall for, and has the model say why, a few an hour and in the background."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import review_gain as worth
from bot.services.tempting.chosen import wrong_letters
from bot.services.tempting.kinds import KINDS
from bot.services.tempting.proposal import CAUSE, Proposal, may_be_shown_to_model, read_reply
from inference.client import ModelClient
from inference.errors import InferenceError
from inference.prompts import LETTERS, temptation_messages
from inference.replies import Message
from store import reviews, temptations
from store.db import Sessions
from store.ids import floor_id
from store.models import Question, Temptation
from store.quizzes import asked

_LANE = "tempting"
_MARK = "temptations"
_EVERY_S = 300.0
_STEP = 500
"""Attempts a transaction."""
_TWICE = 2
"""So often an option must have been chosen: once is a slip."""
_TEXTS = 400
"""Wrong answers of one question that are counted."""
_AT_ONCE = 5
"""Asked in a row: members' questions come between."""
_LET_SETTLE = timedelta(seconds=90)
"""Attempts younger than this may still be on their way into the database, behind later ones."""
_REST = timedelta(hours=1)
"""Until one that the model failed on is asked about again."""
_ANEW = timedelta(days=30)
"""Until one that the model could say nothing about is: another model serves by then."""


class Proposer:
    """Safe in several processes; each option is asked about once, never while the model is away or busy."""

    def __init__(
        self,
        sessions: Sessions,
        model: ModelClient,
        *,
        per_hour: int,
        limit_s: float = 20,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """At most *per_hour* options are asked about an hour, by all processes together; 0 for none."""
        self._sessions = sessions
        self._model = model
        self._per_hour = per_hour
        self._limit_s = limit_s
        self._clock = clock

    async def watch(self) -> None:
        """Look every five minutes until cancelled; a failing database is logged and looked at again."""
        while self._per_hour:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("tempting options could not be looked at: {}", type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> int:
        """Notice what members chose since the last look, and ask about a few options; how many proposals came of it."""
        while await self._notice() == _STEP:
            pass
        proposed = 0
        for _ in range(_AT_ONCE):
            claimed = await self._claim() if self._model_is_free else None
            if claimed is None:
                break
            try:
                proposed += await self._propose(*claimed)
            except (InferenceError, TimeoutError) as error:
                logger.info("the model said nothing of a tempting option: {}", type(error).__name__)
                break
        return proposed

    @property
    def _model_is_free(self) -> bool:
        model = self._model
        there = model.available and not model.changing and model.breaker_state != "open"
        return there and model.queue_length == 0

    async def _notice(self) -> int:
        """Note the options that were chosen wrongly often enough; how many attempts were read."""
        # The mark moves in the transaction that notes them: a killed process repeats or lacks nothing.
        async with self._sessions.begin() as session:
            since = await reviews.mark(session, _MARK)
            until = floor_id(self._clock() - _LET_SETTLE)
            attempts = await temptations.wrong_between(session, since, until, _STEP)
            for question in await temptations.choices_of(session, {number for _, number in attempts}):
                await temptations.want(session, await _fallen_for(session, question))
            if attempts:
                await reviews.set_mark(session, _MARK, attempts[-1][0])
        return len(attempts)

    async def _claim(self) -> tuple[Temptation, Question] | None:
        moment = self._clock()
        async with self._sessions.begin() as session:
            if await temptations.asked_since(session, moment - timedelta(hours=1)) >= self._per_hour:
                return None
            await temptations.forget_refused(session, moment - _ANEW)
            row = await temptations.claim(session, moment, again_before=moment - _REST)
            return None if row is None else (row, await session.get_one(Question, row.question_id))

    async def _propose(self, row: Temptation, question: Question) -> bool:
        """Ask the model; whether something came of it that reviewers get to see.

        Raises:
            InferenceError, TimeoutError: it may be asked again.
        """
        proposal, model, trained = None, "", ""
        if may_be_shown_to_model(question):
            async with asyncio.timeout(self._limit_s):
                said = await self._model.complete(_messages(row, question), lane=_LANE)
            proposal, model, trained = read_reply(said.text), said.model, said.round
        async with self._sessions.begin() as session:
            fresh = await session.get(Temptation, row.id, populate_existing=True)
            if fresh is None or fresh.state != "wanted":
                return False
            fresh.model, fresh.round = model[:128], trained[:64]
            if proposal is None:
                fresh.state = "refused"
                return False
            fresh.state, fresh.kind, fresh.text = "proposed", proposal.kind, proposal.text
            fresh.item_id = await _open_item(session, fresh, proposal, question)
            return True


async def _fallen_for(session: AsyncSession, question: Question) -> list[dict[str, Any]]:
    """Its wrong options that members chose often enough, as :func:`store.temptations.want` takes them."""
    posed, texts = asked(question), await temptations.wrong_texts(session, question.id, _TEXTS)
    chosen = Counter(letter for text in texts for letter in wrong_letters(posed, text))
    return [
        {"question_id": question.id, "letter": letter, "option": option, "chosen": chosen[letter]}
        for letter, option in zip(LETTERS, question.options, strict=False)
        if chosen[letter] >= _TWICE
    ]


async def _open_item(session: AsyncSession, row: Temptation, proposal: Proposal, question: Question) -> int:
    """Put the proposal into the reviewers' queue; the item's number."""
    item, _ = await reviews.open_item(
        session,
        {
            "subject": f"{CAUSE}-{row.id}",
            "kind": question.kind,
            "stem": question.stem,
            "options": list(question.options),
            "answered": str(proposal),
        },
    )
    item.causes, item.times_asked = {CAUSE: worth.TEMPTATION}, row.chosen
    item.gain = worth.gain(item.causes, item.times_asked)
    await session.flush()
    return item.id


def _messages(row: Temptation, question: Question) -> list[Message]:
    return temptation_messages(
        question.stem,
        question.options,
        key=question.answer,
        wrong=row.letter,
        explanation=question.explanation,
        kinds=KINDS,
    )
