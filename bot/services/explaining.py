"""Answering 为什么: finding the exchange that is meant and saying how its answer was known."""

from __future__ import annotations

from bot.services import replies
from bot.services.incoming import Incoming
from bot.services.passport import Passport, in_words
from bot.services.quoting import QuotedReplies
from store import asks
from store.db import Sessions
from store.models import Ask


class ExplainService:
    def __init__(self, sessions: Sessions, quoted: QuotedReplies) -> None:
        self._sessions = sessions
        self._quoted = quoted

    async def explain(self, incoming: Incoming) -> str:
        """The passport, in words, of the quoted reply, else of the member's last answer here."""
        if incoming.quoted:
            ask = await self._quoted.exchange(incoming)
        else:
            async with self._sessions() as session:
                ask = await asks.latest(
                    session,
                    account=incoming.account,
                    group_id=incoming.group_id,
                    member_id=incoming.member_id,
                )
        return passport_of(ask) if ask else replies.NOTHING_TO_EXPLAIN


def passport_of(ask: Ask) -> str:
    """The stored passport of *ask* in words."""
    return in_words(Passport.model_validate(ask.passport or {"source": "none"}))
