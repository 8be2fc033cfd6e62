"""The answer engine: bank, then model, then an honest no; every exchange stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.config import BotConfig
from bot.services import replies
from bot.services.answer import Answer
from bot.services.bank import Bank, Hit, Miss
from bot.services.changing import Notice
from bot.services.courtesies import courtesy, is_stray
from bot.services.drafts import Draft, from_bank, refused
from bot.services.incoming import Incoming
from bot.services.meant_question import MeantQuestion, NoQuestion
from bot.services.metrics import Metrics
from bot.services.model_answers import ModelAnswers
from bot.services.model_prompt import ModelPrompt
from bot.services.passport import Passport
from bot.services.quoting import QuotedReplies
from bot.services.reading import Reading, read
from inference.budget import Count, TooLong, longest_prompt
from inference.replies import Message
from local_time import today
from store.exchanges import Delivered, Received, Settled
from store.ids import new_id
from store.journal import Journal, StoreUnavailable

_LONGEST_PROMPT = longest_prompt(8192, 512)


class AnswerService:
    """Answers questions from any front door."""

    def __init__(
        self,
        *,
        bank: Bank,
        model: ModelAnswers | None,
        journal: Journal,
        quoted: QuotedReplies,
        config: BotConfig,
        metrics: Metrics,
        meant: MeantQuestion,
        today: Callable[[], date] = today,
        longest_prompt: int = _LONGEST_PROMPT,
        count: Count | None = None,
    ) -> None:
        """*longest_prompt* is in tokens, which *count* counts where the server can."""
        self._prompt = ModelPrompt(quoted, limit=longest_prompt, count=count)
        self._bank = bank
        self._model = model
        self._journal = journal
        self._quoted = quoted
        self._config = config
        self._metrics = metrics
        self._meant = meant
        self._today = today

    async def answer(self, incoming: Incoming, notice: Notice | None = None) -> Answer:
        """Answer *incoming*; the exchange is on disk when this returns.

        *notice* shows the asker one line when the answer has to wait for a model that is being exchanged.

        Never raises for a bad question or a failing model: the answer then is
        one plain sentence. A cancelled caller leaves the exchange ``failed``.
        """
        started = time.perf_counter()
        ask_id = self._open(incoming)
        try:
            draft = await self._before_model(incoming)
            if not isinstance(draft, Draft):
                assert self._model is not None
                draft = await self._model.draft(draft, incoming, notice)
        except asyncio.CancelledError:
            self._abandon(ask_id)
            raise
        answer = await self._settle(ask_id, draft, started)
        if draft.fought is None or self._model is None:
            return answer
        return await self._model.beside(answer, draft.fought, incoming)

    async def stream(self, incoming: Incoming, notice: Notice | None = None) -> AsyncGenerator[str | Answer]:
        """Pieces of the answer's text as they come, then the :class:`Answer` whose text replaces them."""
        started = time.perf_counter()
        ask_id = self._open(incoming)
        try:
            draft = await self._before_model(incoming)
            if not isinstance(draft, Draft):
                final: Draft | None = None
                assert self._model is not None
                async with aclosing(self._model.stream(draft, incoming.lane, notice)) as parts:
                    async for part in parts:
                        if isinstance(part, str):
                            yield part
                        else:
                            final = part
                assert final is not None
                draft = final
        except (asyncio.CancelledError, GeneratorExit):
            self._abandon(ask_id)
            raise
        yield await self._settle(ask_id, draft, started)

    async def delivered(self, ask_id: int, reply_message_id: str | None) -> None:
        """Note the platform's id of the reply, so that a quote of it can be understood."""
        self._journal.delivered(Delivered(ask_id, reply_message_id, datetime.now(UTC)))

    def _open(self, incoming: Incoming) -> int:
        ask_id = new_id()
        self._journal.received(
            Received(
                id=ask_id,
                account=incoming.account,
                group_id=incoming.group_id,
                member_id=incoming.member_id,
                member_name=incoming.member_name,
                message_id=incoming.message_id[:128],
                text=incoming.text[: self._config.max_question_chars],
                received_at=incoming.received_at,
            )
        )
        return ask_id

    async def _settle(self, ask_id: int, draft: Draft, started: float) -> Answer:
        seconds = time.perf_counter() - started
        passport = draft.passport.model_copy(update={"took_ms": round(seconds * 1000, 2)})
        self._metrics.answered(passport.source, draft.state, seconds)
        outcome = Settled(
            id=ask_id,
            state=draft.state,
            reason=draft.reason,
            reply=draft.text,
            passport=passport.model_dump(mode="json", exclude_defaults=True),
            question_id=draft.question_id,
            answered_at=datetime.now(UTC),
        )
        try:
            await self._journal.settled(outcome)
        except StoreUnavailable:
            return Answer(ask_id, "failed", replies.STORE_DOWN, Passport(source="none"), "store_unavailable")
        return Answer(ask_id, draft.state, draft.text, passport, draft.reason, draft.question_id)

    def _abandon(self, ask_id: int) -> None:
        """Store that the asker left before there was an answer; nobody waits for the write."""
        outcome = Settled(ask_id, "failed", "asker_left", "", None, None, datetime.now(UTC))
        self._metrics.answered("none", "failed", 0)
        self._journal.abandoned(outcome)

    async def _before_model(self, incoming: Incoming) -> Draft | list[Message]:
        """A draft when the model is not needed, else what to ask it."""
        refusal = self._refusal(incoming)
        if refusal:
            return refusal
        meant = await self._meant.of(incoming)
        if isinstance(meant, NoQuestion):
            return refused(meant.reason, meant.text)
        # Not before: a number may have picked one of several questions.
        if meant is incoming and incoming.quoted is None and not incoming.pictures and is_stray(incoming.text):
            return refused("stray", replies.NOTHING_ASKED)
        draft = await self._known(meant)
        if isinstance(draft, Draft) and meant is not incoming:
            return replace(draft, passport=draft.passport.model_copy(update={"read_as": meant.text}))
        return draft

    async def _known(self, incoming: Incoming) -> Draft | list[Message]:
        """A draft from the bank or about it, else what to ask the model."""
        reading = read(incoming.text)
        if not reading.has_words:
            return refused("empty", replies.EMPTY)
        try:
            found = await self._bank.find(reading, today=self._today())
        except (SQLAlchemyError, OSError) as error:
            logger.error("bank lookup failed: {}", type(error).__name__)
            return Draft("failed", replies.STORE_DOWN, reason="store_unavailable")
        if isinstance(found, Hit):
            return from_bank(found)
        if found.reason == "needs_options":
            return refused(found.reason, replies.NEEDS_OPTIONS)
        if self._model is None or not self._model.available:
            explained = await self._explained(incoming)
            return explained or refused(found.reason, replies.without_model(found))
        return await self._messages(incoming, reading, found)

    def _refusal(self, incoming: Incoming) -> Draft | None:
        text = incoming.text.strip()
        if len(text) > self._config.max_question_chars:
            return refused("too_long", replies.too_long(len(text), self._config.max_question_chars))
        quoted = incoming.quoted
        if not text and not incoming.pictures and not (quoted and not quoted.ours and (quoted.text or quoted.pictures)):
            return refused(*(("card_only", replies.CARD_ONLY) if incoming.unreadable else ("empty", replies.EMPTY)))
        shown = incoming.pictures or (quoted and not quoted.ours)
        if not shown and (reply := courtesy(text)):
            return refused("courtesy", reply)
        return None

    async def _explained(self, incoming: Incoming) -> Draft | None:
        """Without a model a follow-up gets what the bank says about the answer that it quotes."""
        if incoming.quoted is None or not incoming.quoted.ours:
            return None
        ask = await self._quoted.exchange(incoming)
        if ask is None or not ask.passport or ask.question_id is None:
            return None
        passport = Passport.model_validate(ask.passport)
        return Draft("answered", replies.follow_up(passport, ask.reply), passport, question_id=ask.question_id)

    async def _messages(self, incoming: Incoming, reading: Reading, miss: Miss) -> list[Message] | Draft:
        try:
            return await self._prompt.of(incoming, reading, miss, today=self._today())
        except TooLong as error:
            most = max(10, error.most_chars // 10 * 10)
            return refused("too_long", replies.too_long(len(incoming.text.strip()), most))
