"""The planner's ledger in the database: a message is claimed by one process before it is sent, accounts keep their
pace, and what a platform answered is remembered of the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.sending.limits import Limits, SendingConfig
from bot.services.sending.post import Post, Receipt
from bot.services.sending.rules import Verdict
from bot.services.sending.ways import Facts, Way, choose
from local_time import ZONE, local
from store import sending as queries
from store.db import Sessions
from store.models import ChatAbility, Posting, SendingAccount

_FARTHEST = timedelta(minutes=10)
"""An account never waits longer for its pace: more means that the clock was set back."""
_LOOKS = 2
"""Looks at once: the other connections of the pool are for those who answer members."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Leave to send, given to one process."""

    chat_id: int
    posting: int | None
    """``None`` for a post without a key."""
    tries: int
    way: Way
    begun_at: datetime
    reply_to: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """A try that may have gone out."""

    posting: int | None
    tries: int
    text: str
    """What was sent then; the post may say it otherwise by now."""
    begun_at: datetime
    reason: str
    fresh: bool = False
    """It was made just now, by whoever holds this."""


class Book:
    def __init__(
        self,
        sessions: Sessions,
        writing: AbstractAsyncContextManager[Any],
        config: SendingConfig,
        now: Callable[[], datetime],
    ) -> None:
        self._sessions, self._writing, self._config, self._now = sessions, writing, config, now
        self._looking = asyncio.Semaphore(_LOOKS)

    async def look_up(self, post: Post, limits: Limits) -> Doubt | Receipt | Way:
        """What stands against *post* already, or the way it would go now. Nothing is written."""
        async with self._looking, self._sessions() as session:
            if (known := await self._known(session, post)) is not None:
                return known
            chat = await queries.known_chat(session, post.chat.account, post.chat.lane)
            facts = Facts(post.chat.group) if chat is None else await self._facts(session, chat)
            return choose(facts, limits, self._now())

    async def begin(self, post: Post, limits: Limits) -> Attempt | Doubt | Receipt:
        """Leave to send *post* now, written down before it is sent, or what stands against it."""
        async with self._writing, self._sessions.begin() as session:
            if (known := await self._known(session, post)) is not None:
                return known
            if post.unwanted is not None and (reason := await post.unwanted(session)):
                return Receipt("refused", reason)
            chat = await queries.chat(session, post.chat.account, post.chat.lane, is_group=post.chat.group)
            now = self._now()
            way = choose(await self._facts(session, chat), limits, now)
            if way.kind == "refuse":
                return Receipt("refused", way.reason)
            if way.kind in ("later", "hold"):
                return Receipt(
                    "later", way.reason, after=way.after or now + timedelta(seconds=self._config.ask_again_s)
                )
            pace = await queries.pace(session, post.chat.account) if way.unasked else None
            if pace is not None and (rest := self._resting(pace, limits)) is not None:
                return rest
            posting = None
            if post.key and (posting := await queries.claim(session, post.key, chat.id, post.shown, now)) is None:
                return self._in_flight(now)
            attempt = Attempt(chat.id, posting and posting.id, posting.tries if posting else 0, way, now)
            if pace is not None:
                self._count(chat, pace, way)
                return attempt
            most = limits.replies or None
            seq = await queries.next_seq(session, chat.id, chat.heard_message, most=most, moment=now)
            # The chat is locked and its replies were counted just now.
            assert seq is not None
            return Attempt(chat.id, attempt.posting, attempt.tries, way, now, chat.heard_message, seq)

    async def reserve(self, account: str, limits: Limits, gap_s: float) -> datetime | Receipt:
        """When *account* may speak unasked next, kept free for the caller; the one after waits *gap_s* longer."""
        async with self._writing, self._sessions.begin() as session:
            pace = await queries.pace(session, account)
            if (rest := self._resting(pace, limits)) is not None:
                return rest
            now = self._now()
            at = now if pace.next_at is None else min(max(now, pace.next_at), now + _FARTHEST)
            pace.next_at = at + timedelta(seconds=gap_s)
            return at

    async def sent(self, post: Post, attempt: Attempt, message_id: str) -> None:
        async with self._writing, self._sessions.begin() as session:
            chat = await queries.chat(session, post.chat.account, post.chat.lane, is_group=post.chat.group)
            now = self._now()
            chat.last_sent_at, chat.muted_until = now, None
            if attempt.way.kind == "proactive" and chat.proactive != "allowed":
                chat.proactive, chat.proactive_since, chat.proactive_why = "allowed", now, "sent"
            if attempt.posting is not None:
                await queries.settle(
                    session, attempt.posting, tries=attempt.tries, state="sent", moment=now, message=message_id
                )
            if attempt.way.unasked:
                (await queries.pace(session, post.chat.account)).doubts = 0

    async def failed(self, post: Post, attempt: Attempt, limits: Limits, code: str, verdict: Verdict) -> str:
        """Write what the platform's refusal teaches; why the account stands down from now on, else empty."""
        async with self._writing, self._sessions.begin() as session:
            chat = await queries.chat(session, post.chat.account, post.chat.lane, is_group=post.chat.group)
            now = self._now()
            if verdict.muted:
                chat.muted_until = now + timedelta(seconds=limits.mute_s)
            if verdict.no_proactive:
                chat.proactive, chat.proactive_since, chat.proactive_why = "refused", now, code[:32]
            if verdict.window_closed and chat.heard_message == attempt.reply_to:
                chat.heard_message = ""
            if attempt.posting is not None:
                state = verdict.state if verdict.state in ("perhaps", "refused") else "open"
                await queries.settle(
                    session, attempt.posting, tries=attempt.tries, state=state, moment=now, reason=verdict.reason
                )
            pace = await queries.pace(session, post.chat.account)
            if verdict.reason == "rate_limited":
                pace.next_at = now + timedelta(seconds=verdict.pause_s)
            if not verdict.stand_down:
                return ""
            return await self._stand_down(session, pace, verdict.reason, limits)

    async def doubted(self, account: str, limits: Limits) -> str:
        """A try was neither confirmed nor found; why the account stands down from now on, else empty."""
        async with self._writing, self._sessions.begin() as session:
            pace = await queries.pace(session, account)
            pace.doubts += 1
            if not limits.doubts or pace.doubts < limits.doubts:
                return ""
            return await self._stand_down(session, pace, "doubts", limits)

    async def found(self, doubt: Doubt) -> None:
        """A doubtful try stands in the chat."""
        if doubt.posting is not None:
            async with self._writing, self._sessions.begin() as session:
                await queries.settle(session, doubt.posting, tries=doubt.tries, state="sent", moment=self._now())

    async def missed(self, doubt: Doubt) -> bool:
        """A doubtful try certainly did not arrive: let it be sent anew; whether this caller was the one to say so."""
        assert doubt.posting is not None
        async with self._writing, self._sessions.begin() as session:
            return await queries.reopen(session, doubt.posting, tries=doubt.tries)

    async def _stand_down(self, session: AsyncSession, pace: SendingAccount, why: str, limits: Limits) -> str:
        now = self._now()
        free = pace.stood_down_until is None or pace.stood_down_until <= now
        pace.stood_down_until = now + timedelta(seconds=limits.stand_down_s)
        pace.stood_down_why, pace.doubts = why, 0
        return why if free else ""

    async def _known(self, session: AsyncSession, post: Post) -> Doubt | Receipt | None:
        now = self._now()
        known = await queries.promise(session, post.key) if post.key else None
        if known is not None and known.state != "open":
            return self._past(known, now)
        if post.not_after is not None and now > post.not_after:
            return Receipt("refused", "too_late")
        return None

    def _past(self, known: Posting, now: datetime) -> Doubt | Receipt:
        match known.state:
            case "sent":
                return Receipt("sent", message_id=known.message_id)
            case "refused":
                return Receipt("refused", known.reason)
            case "claimed" if now < known.claimed_at + timedelta(seconds=self._config.lease_s):
                return self._in_flight(known.claimed_at)
            case _:
                return Doubt(known.id, known.tries, known.text, known.claimed_at, known.reason or "cut_off")

    def _in_flight(self, since: datetime) -> Receipt:
        return Receipt("later", "in_flight", after=since + timedelta(seconds=self._config.lease_s))

    async def _facts(self, session: AsyncSession, chat: ChatAbility) -> Facts:
        day, ends = _day(self._now())
        return Facts(
            group=chat.is_group,
            proactive=chat.proactive,
            proactive_since=chat.proactive_since,
            proactive_why=chat.proactive_why,
            muted_until=chat.muted_until,
            heard_message=chat.heard_message,
            heard_at=chat.heard_at,
            replies=await queries.replies(session, chat.id, chat.heard_message) if chat.heard_message else 0,
            woken_at=chat.woken_at,
            sent_today=chat.sent_today if chat.sent_on == day else 0,
            spent_until=ends,
        )

    def _count(self, chat: ChatAbility, pace: SendingAccount, way: Way) -> None:
        day, _ = _day(self._now())
        for row in (chat, pace):
            row.sent_today = row.sent_today + 1 if row.sent_on == day else 1
            row.sent_on = day
        if way.kind == "wakeup":
            chat.woken_at = self._now()

    def _resting(self, pace: SendingAccount, limits: Limits) -> Receipt | None:
        now = self._now()
        if pace.stood_down_until is not None and pace.stood_down_until > now:
            return Receipt("later", "stood_down", after=pace.stood_down_until)
        day, ends = _day(now)
        if limits.account_daily and pace.sent_on == day and pace.sent_today >= limits.account_daily:
            return Receipt("later", "daily_cap", after=ends)
        return None


def _day(moment: datetime) -> tuple[date, datetime]:
    """The day in Beijing, where all these platforms count, and its end."""
    today = local(moment).date()
    return today, datetime.combine(today + timedelta(days=1), time(), ZONE)
