"""Answering 为什么: finding the exchange that is meant and saying how its answer was known."""

from __future__ import annotations

from bot.services import replies
from bot.services.corrections import subject as subjects
from bot.services.incoming import Incoming
from bot.services.passport import Passport, in_words
from bot.services.quoting import QuotedReplies
from bot.services.review.words import DONE_WORDS
from local_time import local
from store import reviews
from store.db import Sessions
from store.models import Ask


class ExplainService:
    def __init__(self, sessions: Sessions, quoted: QuotedReplies) -> None:
        self._sessions = sessions
        self._quoted = quoted

    async def explain(self, incoming: Incoming) -> str:
        """The passport, in words, of the quoted reply, else of the member's last answer here."""
        ask = await self._quoted.meant(incoming)
        if ask is None:
            return replies.NOTHING_TO_EXPLAIN
        return "\n".join(filter(None, (passport_of(ask), await self._reviewed(ask))))

    async def _reviewed(self, ask: Ask) -> str:
        """What reviewers said about the question, before the answer or since; empty when nothing."""
        async with self._sessions() as session:
            subject = await subjects.of_ask(session, ask)
            item = await reviews.last_decision(session, subject.fingerprint) if subject else None
        if item is None or item.decided_at is None:
            return ""
        day = f"{local(item.decided_at):%Y-%m-%d}"
        if ask.answered_at is None or item.decided_at <= ask.answered_at:
            return f"审核：{day} 审核人{DONE_WORDS.get(item.verdict, '看过')}（审核 {item.id}）"
        if item.verdict in ("retired", "unanswerable"):
            return f"后来：{day} 审核人{DONE_WORDS[item.verdict]}（审核 {item.id}）"
        return f"后来：{day} 审核人定的答案是「{item.answer}」（审核 {item.id}）"


def passport_of(ask: Ask) -> str:
    """The stored passport of *ask* in words."""
    return in_words(Passport.model_validate(ask.passport or {"source": "none"}))
