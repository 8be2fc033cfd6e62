"""What platforms tell about chats by themselves: members who spoke, mutes, permissions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from bot.services.sending.limits import Limits
from bot.services.sending.post import Chat
from store import sending as queries
from store.db import Sessions


class Chats:
    def __init__(
        self, sessions: Sessions, writing: AbstractAsyncContextManager[Any], now: Callable[[], datetime]
    ) -> None:
        self._sessions, self._writing, self._now = sessions, writing, now

    async def heard(self, chat: Chat, message_id: str, limits: Limits) -> None:
        """The chat spoke: its message may be answered for a while."""
        async with self._writing, self._sessions.begin() as session:
            row = await queries.chat(session, chat.account, chat.lane, is_group=chat.group)
            first = await queries.first_heard(session, row.id, message_id, self._now())
            if row.heard_at is None or first > row.heard_at or row.heard_at > self._now():
                row.heard_message, row.heard_at = message_id, first
            longest = timedelta(seconds=2 * max(limits.window_group_s, limits.window_private_s))
            await queries.forget_seqs(session, row.id, before=self._now() - longest)

    async def reply_seq(self, chat: Chat, message_id: str, limits: Limits) -> int | None:
        """The next number of a reply to a message; ``None`` when the platform takes no more."""
        async with self._writing, self._sessions.begin() as session:
            row = await queries.chat(session, chat.account, chat.lane, is_group=chat.group)
            most = limits.replies or None
            return await queries.next_seq(session, row.id, message_id, most=most, moment=self._now())

    async def muted(self, chat: Chat, until: datetime | None) -> None:
        async with self._writing, self._sessions.begin() as session:
            row = await queries.chat(session, chat.account, chat.lane, is_group=chat.group)
            row.muted_until = until

    async def allowed(self, chat: Chat, allowed: bool) -> None:
        async with self._writing, self._sessions.begin() as session:
            row = await queries.chat(session, chat.account, chat.lane, is_group=chat.group)
            row.proactive = "allowed" if allowed else "refused"
            row.proactive_since, row.proactive_why = self._now(), "event"
