"""Which stored exchange a quoted message of ours belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bot.services.incoming import Incoming
from store import asks
from store.db import Sessions
from store.journal import Journal
from store.models import Ask

_LOOK_AGAIN_S = (0.0, 0.1, 0.3, 0.6)
"""The platform's id of a reply comes back after the reply is on the asker's screen, and is written after that."""


class QuotedReplies:
    """Finds exchanges by the message that a member quotes."""

    def __init__(self, sessions: Sessions, journal: Journal) -> None:
        self._sessions = sessions
        self._journal = journal

    async def exchange(self, incoming: Incoming) -> Ask | None:
        """The exchange whose reply *incoming* quotes; ``None`` when it quotes nothing or something else.

        A message that is known to be ours and cannot be found yet is looked for
        again during a second: somebody may be quicker than the receipt.
        """
        quoted = incoming.quoted
        if quoted is None:
            return None
        found = await self._find(incoming.account, quoted.message_id)
        if found is not None or not quoted.ours:
            return found
        for pause in _LOOK_AGAIN_S:
            await asyncio.sleep(pause)
            await self._journal.flush()
            if (found := await self._find(incoming.account, quoted.message_id)) is not None:
                return found
        return None

    async def meant(self, incoming: Incoming, *, states: Collection[str] = ("answered",)) -> Ask | None:
        """The exchange that *incoming* quotes; where it quotes nothing, the member's last one here that ended so."""
        if incoming.quoted is not None:
            return await self.exchange(incoming)
        async with self._sessions() as session:
            return await asks.latest(
                session,
                account=incoming.account,
                group_id=incoming.group_id,
                member_id=incoming.member_id,
                states=states,
            )

    async def _find(self, account: str, message_id: str) -> Ask | None:
        async with self._sessions() as session:
            return await asks.by_reply(session, account=account, reply_message_id=message_id)
