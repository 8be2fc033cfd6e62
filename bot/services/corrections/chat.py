"""Corrections and ratings as they are said in a chat: which answer is meant, and what the member reads."""

from __future__ import annotations

from typing import Literal

from bot.services.arena.words import HOW_TO_VOTE
from bot.services.corrections import words
from bot.services.corrections.feedback import FeedbackService
from bot.services.corrections.ledger import ContributionLedger
from bot.services.corrections.meant import CORRECTABLE, Meanings
from bot.services.corrections.reporting import CorrectionService, Refused, Reporter
from bot.services.corrections.withdrawing import WithdrawService
from bot.services.incoming import Incoming
from bot.services.quoting import QuotedReplies
from store import arena, asks
from store.db import Sessions


class ChatCorrections:
    """One sentence for every command."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        quoted: QuotedReplies,
        corrections: CorrectionService,
        withdrawing: WithdrawService,
        ledger: ContributionLedger,
        feedback: FeedbackService,
    ) -> None:
        self._sessions = sessions
        self._quoted = quoted
        self._meanings = Meanings(sessions, quoted)
        self._corrections = corrections
        self._withdrawing = withdrawing
        self._ledger = ledger
        self._feedback = feedback

    async def correct(self, incoming: Incoming, text: str) -> str:
        """Take *text* as the right answer to what it is about, see :meth:`Meanings.of`."""
        reporter = Reporter(
            incoming.member_id, incoming.member_name, incoming.account, incoming.group_id, incoming.speaker
        )
        try:
            meant = await self._meanings.of(incoming, text)
            if not meant.text.strip():
                return f"正确答案是什么？{words.HOW_TO_CORRECT}"
            if meant.question_id is not None:
                reported = await self._corrections.report_question(meant.question_id, reporter, meant.text)
            else:
                assert meant.ask_id is not None
                reported = await self._corrections.report(meant.ask_id, reporter, meant.text)
        except Refused as error:
            return str(error)
        return words.reported_text(reported)

    async def rate(self, incoming: Incoming, rating: Literal[1, -1]) -> str:
        """Keep what the member thinks of the quoted answer, else of the last one it got here."""
        ask = await self._quoted.meant(incoming, states=CORRECTABLE)
        if ask is None or ask.state != "answered":
            return words.NOTHING_TO_RATE
        if await self._is_battle(ask.id):
            return HOW_TO_VOTE
        await self._feedback.rate_seen(ask.id, incoming.member_id, rating, name=incoming.member_name)
        return words.THANKS_UP if rating == 1 else words.THANKS_DOWN

    async def react(
        self, *, account: str, message_id: str, member_id: str, rating: Literal[1, -1], added: bool
    ) -> bool:
        """Keep a thumb under one of our messages as a rating, or take it away; whether it was under an answer."""
        async with self._sessions() as session:
            ask = await asks.by_reply(session, account=account, reply_message_id=message_id)
        if ask is None or ask.state != "answered" or await self._is_battle(ask.id):
            return False
        if added:
            await self._feedback.rate_seen(ask.id, member_id, rating)
        else:
            await self._feedback.take_back(ask.id, member_id, rating)
        return True

    async def withdraw(self, incoming: Incoming, correction_id: int) -> str:
        """Take one of the member's corrections back."""
        try:
            return await self._withdrawing.withdraw(correction_id, incoming.member_id)
        except Refused as error:
            return str(error)

    async def mine(self, incoming: Incoming) -> str:
        """What the member has reported and what became of it."""
        standing = await self._ledger.of(incoming.member_id)
        return words.standing_text(standing) if standing.counts else words.NOTHING_REPORTED

    async def board(self, incoming: Incoming) -> str:
        """Who contributes most here."""
        found = await self._ledger.board(incoming.group_id)
        return words.board_text(found, in_group=incoming.group_id is not None)

    async def _is_battle(self, ask_id: int) -> bool:
        """Whether two answers were shown: nobody knows then which one a thumb is for."""
        async with self._sessions() as session:
            return await arena.of_ask(session, ask_id) is not None
