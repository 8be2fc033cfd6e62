"""Which chat and which question a poll belongs to, for votes that tell only the poll's id; it survives a restart."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from bot.services.sending.post import Chat
from store import polls
from store.db import Sessions, writers_turn
from store.models import ChatPoll, now

_KEPT = timedelta(days=3)
"""No game is open for so long."""


class PollBook:
    """Shared by all accounts; which one a poll is of is part of its name."""

    def __init__(self, sessions: Sessions, writing: AbstractAsyncContextManager[Any] | None = None) -> None:
        """*writing* is the turn of those who write often, see :func:`store.db.writers_turn`."""
        self._sessions = sessions
        self._writing = writing or writers_turn(sessions)

    async def opened(self, chat: Chat, poll_id: str, message_id: str, *, about: str, says: Sequence[str]) -> None:
        """A poll stands in *chat*; those of some days ago are forgotten."""
        moment = now()
        row = ChatPoll(account=chat.account, poll_id=poll_id, lane=chat.lane, is_group=chat.group)
        row.message_id, row.about, row.says, row.opened_at = message_id, about, list(says), moment
        async with self._writing, self._sessions.begin() as session:
            await polls.forget(session, before=moment - _KEPT)
            session.add(row)

    async def find(self, account: str, poll_id: str) -> ChatPoll | None:
        """The poll of that id; ``None`` for one that the account has not put up, or long ago."""
        async with self._sessions() as session:
            return await polls.one(session, account, poll_id)

    async def close(self, account: str, about: str) -> Sequence[ChatPoll]:
        """The polls about something that have to be stopped now; each is told once."""
        async with self._writing, self._sessions.begin() as session:
            return await polls.close(session, account, about, now())
