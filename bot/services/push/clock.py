"""The push clock: the database decides what is due, any number of processes may wind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.incoming import Incoming
from bot.services.push import days, timetable
from bot.services.push.delivering import Delivering
from store import deliveries, subscriptions
from store.db import Sessions
from store.deliveries import Entry
from store.models import Subscription, now

EVERY_S = 10
LEASE = timedelta(minutes=5)
"""A process that did not say for so long that it is at a delivery is taken for dead."""
_AT_ONCE = 16
"""Deliveries of one account that are prepared side by side: their pictures are in memory meanwhile."""
_AFTER_HEARD = timedelta(seconds=5)
"""The sender hears of it too, and is asked after that."""
_WENT_BACK = timedelta(minutes=1)


class PushClock:
    """Every tick writes what is due into the ledger, and sets somebody to work on it."""

    def __init__(
        self,
        sessions: Sessions,
        delivering: Delivering,
        *,
        writing: AbstractAsyncContextManager[Any] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """*writing* is held by whoever writes, see :func:`store.db.writers_turn`."""
        self._sessions = sessions
        self._delivering = delivering
        self._writing = writing or nullcontext()
        self._clock = clock
        self._last: datetime | None = None
        self._ticking = asyncio.Lock()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._at_work: set[int] = set()
        self._held: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def tick(self) -> None:
        """One turn: never waits for a send, and leaves to the next one what the database refuses now."""
        async with self._ticking:
            try:
                await self._turn(self._clock())
            except (SQLAlchemyError, OSError) as error:
                logger.warning("pushes could not be looked at: {}", type(error).__name__)

    async def settle(self) -> None:
        """Wait until everything that was begun is over."""
        while self._workers:
            await asyncio.gather(*self._workers.values())

    async def stop(self) -> None:
        """Leave everything as it is; what was being sent is looked at again when its claim is over."""
        workers = [*self._workers.values(), *self._tasks]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def heard(self, incoming: Incoming) -> None:
        """The chat spoke: what its platform put off until then is looked at by one of the next ticks."""
        chat = incoming.account, incoming.lane
        if chat in self._held:
            self._held.discard(chat)
            task = asyncio.create_task(self._release(*chat))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _release(self, account: str, lane: str) -> None:
        try:
            async with self._writing, self._sessions.begin() as session:
                await deliveries.release(session, account, lane, self._clock() + _AFTER_HEARD)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("what waits for a chat could not be released: {}", type(error).__name__)

    async def _turn(self, at: datetime) -> None:
        if self._last is None:
            await self._go_by_holidays(at)
        if self._last is None or at < self._last - _WENT_BACK:
            async with self._writing, self._sessions.begin() as session:
                await deliveries.turn_back(session, at, at + LEASE)
        self._last = at
        if self._at_work:
            async with self._writing, self._sessions.begin() as session:
                await deliveries.keep(session, sorted(self._at_work), at + LEASE)
        while await self._enter(at):
            pass
        async with self._sessions() as session:
            accounts = await deliveries.accounts_at_work(session, at)
            self._held = await deliveries.held_chats(session)
        for account in accounts:
            if account not in self._workers:
                self._workers[account] = asyncio.create_task(self._work(account))

    async def _go_by_holidays(self, at: datetime) -> None:
        """A weekend may have become a working day since the next due time was written down; one that became a day off
        shows when it is due."""
        async with self._writing, self._sessions.begin() as session:
            found = await subscriptions.on_days(session, (days.WORK, days.REST), at)
            session.expunge_all()
            for one in found:
                due = timetable.next_due(one, at)
                if due < one.next_at:
                    await subscriptions.advance(session, one.id, one.next_at, next_at=due)

    async def _enter(self, at: datetime) -> bool:
        """Write due times into the ledger; whether there may be more."""
        async with self._writing, self._sessions.begin() as session:
            late = await subscriptions.overdue(session, at)
            # Changed by statements that ask what is there; these objects only tell what was.
            session.expunge_all()
            entries: list[Entry] = []
            # Rows are locked in one order by everybody.
            for subscription in sorted(late, key=lambda one: one.id):
                entries += await self._advance(session, subscription, at)
            await deliveries.enter(session, entries)
        return bool(entries)

    async def _advance(self, session: AsyncSession, subscription: Subscription, at: datetime) -> Sequence[Entry]:
        seen = subscription.next_at
        changes: dict[str, Any] = {}
        if subscription.state == "asleep" and await subscriptions.answered_since(
            session, subscription.account, subscription.lane, subscription.slept_at or at
        ):
            subscription.state = changes["state"] = "active"
            changes |= {"slept_at": None, "woken_at": at}
        found = list(takewhile(lambda one: one[1] <= at, timetable.dues(subscription, seen)))
        entries = [self._entry(subscription, *one, at) for one in found]
        last_date = found[-1][0] if found else None
        until = subscription.paused_until
        if subscription.state == "paused" and until and last_date and last_date > until:
            changes |= {"state": "active", "paused_until": None}
        changes["next_at"] = timetable.next_due(subscription, at + timedelta(microseconds=1))
        return entries if await subscriptions.advance(session, subscription.id, seen, **changes) else ()

    @staticmethod
    def _entry(subscription: Subscription, day: date, due: datetime, at: datetime) -> Entry:
        if timetable.paused(subscription, day):
            return Entry(subscription.id, day, due, "skipped", "paused")
        if subscription.state == "asleep":
            return Entry(subscription.id, day, due, "skipped", "asleep")
        if at > timetable.late_until(subscription, "digest", due):
            return Entry(subscription.id, day, due, "missed", "down")
        return Entry(subscription.id, day, due)

    async def _work(self, account: str) -> None:
        """Deliver what an account has to, until there is nothing left."""
        try:
            while taken := await self._claim(account):
                self._at_work.update(number for number, _ in taken)
                try:
                    await asyncio.gather(*(self._delivering.deliver(number, again=again) for number, again in taken))
                finally:
                    self._at_work.difference_update(number for number, _ in taken)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("pushes of {} wait for the database: {}", account, type(error).__name__)
        finally:
            del self._workers[account]

    async def _claim(self, account: str) -> list[tuple[int, bool]]:
        """Deliveries to be made, with whether another process may have made them."""
        at = self._clock()
        async with self._writing, self._sessions.begin() as session:
            given_up = await deliveries.claim(session, account, at, until=at + LEASE, most=_AT_ONCE, given_up=True)
            fresh = await deliveries.claim(session, account, at, until=at + LEASE, most=_AT_ONCE - len(given_up))
        return [(number, True) for number in given_up] + [(number, False) for number in fresh]
