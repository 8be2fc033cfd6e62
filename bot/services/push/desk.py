"""每日一练: set up, changed, paused and stopped in the chat that gets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.incoming import Incoming
from bot.services.push import commands, orders, pauses, timetable, words
from bot.services.push.commands import Command
from bot.services.push.orders import Unclear, Wanted
from store import deliveries, quizzes, subscriptions
from store.db import Sessions
from store.deliveries import Entry
from store.models import Subscription, now

_EXTRA_EVERY = timedelta(hours=1)
_RECORDED = 12
_LOOKED_BACK = 60
"""Deliveries among which the last questions are: what is asked for at once comes hourly at the most."""
_OPEN_TO_ALL = ("list", "record", "help")


class PushDesk:
    """One sentence for every command."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        soon: Callable[[], Awaitable[object]],
        writing: AbstractAsyncContextManager[Any] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """*soon* has what is due looked at now."""
        self._sessions = sessions
        self._soon = soon
        self._writing = writing or nullcontext()
        self._clock = clock

    def changes(self, rest: str) -> bool:
        """Whether that command is only for who runs the chat."""
        return commands.read(rest).verb not in _OPEN_TO_ALL

    async def act(self, incoming: Incoming, rest: str, *, may_change: bool) -> str:
        """Do what *rest*, after the command word, says; *may_change* tells what to suggest."""
        command = commands.read(rest)
        try:
            match command.verb:
                case "help":
                    return words.USAGE
                case "list":
                    return await self._list(incoming, may_change=may_change)
                case "record":
                    return await self._record(incoming, command)
                case "open":
                    return await self._open(incoming, command.rest)
                case "now":
                    return await self._extra(incoming, command)
                case _:
                    return await self._changed(incoming, command)
        except Unclear as error:
            return str(error)

    async def suggested(self, text: str, *, may_change: bool) -> str:
        """How to order what *text* says in a sentence: as it stands where it can be read, else by the usual example."""
        async with self._sessions() as session:
            categories = await quizzes.categories(session)
        try:
            readable = orders.read(text, categories).minute is not None
        except Unclear:
            readable = False
        return words.suggested(text if readable else "", may_change=may_change)

    async def _list(self, incoming: Incoming, *, may_change: bool) -> str:
        async with self._sessions() as session:
            known = await subscriptions.of_chat(session, incoming.account, incoming.lane)
        if not known:
            return words.NONE_HERE if may_change else words.NONE_YET_MEMBER
        now = self._clock()
        lines = [words.summary_line(one, now) for one in known]
        return "\n".join([*lines, words.HINT] if may_change else lines)

    async def _record(self, incoming: Incoming, command: Command) -> str:
        async with self._sessions() as session:
            ever = await subscriptions.ever_of_chat(session, incoming.account, incoming.lane)
            known = {one.id: one for one in ever if command.number in (None, one.number)}
            if not known:
                return words.NO_NUMBER.format(command.number) if ever else words.NONE_HERE
            found = await deliveries.newest(session, list(known), _RECORDED)
        if not found:
            return words.NO_DELIVERIES
        return words.record([(one, known[one.subscription_id]) for one in found])

    async def _open(self, incoming: Incoming, rest: str) -> str:
        now = self._clock()
        try:
            async with self._writing, self._sessions.begin() as session:
                wanted = orders.read(rest, await quizzes.categories(session))
                known = await subscriptions.of_chat(session, incoming.account, incoming.lane)
                if wanted.minute is None:
                    raise Unclear(words.no_time(rest, known))
                if len(known) >= words.MOST:
                    raise Unclear(words.FULL)
                taken = {one.number for one in known}
                subscription = Subscription(
                    account=incoming.account,
                    lane=incoming.lane,
                    group_id=incoming.group_id,
                    number=next(one for one in range(1, words.MOST + 1) if one not in taken),
                    made_by=incoming.member_id,
                    made_at=now,
                    **_DEFAULTS | wanted.columns,
                )
                _check(subscription, known)
                _reschedule(subscription, now)
                session.add(subscription)
        except IntegrityError:
            # Two admins at the same moment: this one is looked at again.
            return await self._open(incoming, rest)
        return words.opened(subscription, now)

    async def _changed(self, incoming: Incoming, command: Command) -> str:
        async with self._writing, self._sessions.begin() as session:
            known = await subscriptions.of_chat(session, incoming.account, incoming.lane)
            chosen = known if command.everything and known else [_chosen(known, command)]
            told: list[str] = []
            for one in chosen:
                # Who comes second sees what the first admin did.
                await session.refresh(one, with_for_update=True)
                if one.state == "stopped":
                    told.append(words.NO_NUMBER.format(one.number))
                else:
                    told.append(await self._do(session, one, known, command))
            return "\n".join(told)

    async def _do(
        self, session: AsyncSession, subscription: Subscription, known: Sequence[Subscription], command: Command
    ) -> str:
        match command.verb:
            case "stop":
                if command.rest:
                    raise Unclear(words.STOP_WHICH.format(subscription.number, subscription.number))
                subscription.state = "stopped"
                return words.stopped(subscription)
            case "pause":
                return self._pause(subscription, command.rest)
            case "resume":
                return self._resume(subscription)
            case _:
                return await self._change(session, subscription, known, command.rest)

    async def _change(
        self, session: AsyncSession, subscription: Subscription, known: Sequence[Subscription], rest: str
    ) -> str:
        example = words.CHANGING.format(subscription.number)
        wanted = orders.read(rest, await quizzes.categories(session), example=example)
        if wanted == Wanted():
            raise Unclear(words.NOTHING_TO_CHANGE.format(example))
        for name, value in wanted.columns.items():
            setattr(subscription, name, value)
        with session.no_autoflush:
            try:
                _check(subscription, [one for one in known if one is not subscription])
            except Unclear:
                session.expire(subscription)
                raise
        now = self._clock()
        if (wanted.minute, wanted.days, wanted.zone) != (None, None, None):
            _reschedule(subscription, now, had=await self._had(session, subscription))
        if wanted.columns.keys() & {"summary_minute", "zone"}:
            await self._move_summaries(session, subscription, now)
        return words.changed(subscription, now)

    @staticmethod
    async def _move_summaries(session: AsyncSession, subscription: Subscription, now: datetime) -> None:
        """Members are told when the key comes of what they answer today: it comes then."""
        since = timetable.local(now, subscription.zone).date() - timedelta(days=1)
        for day, hour, asked_at in await deliveries.asked(session, subscription.id, since):
            at = timetable.summary_at(subscription, day, asked_at)
            summary = Entry(subscription.id, day, max(at or now, now), kind="summary", hour=hour)
            await deliveries.move_summary(session, summary, wanted=at is not None)

    @staticmethod
    async def _had(session: AsyncSession, subscription: Subscription) -> date | None:
        """The last local date with questions, come or to come."""
        newest = await deliveries.newest(session, [subscription.id], _LOOKED_BACK)
        return max((one.local_date for one in newest if one.kind == "digest"), default=None)

    def _pause(self, subscription: Subscription, rest: str) -> str:
        now = self._clock()
        until = pauses.until(rest, timetable.local(now, subscription.zone).date())
        subscription.state, subscription.paused_until = "paused", until
        return words.paused(subscription, until, now)

    def _resume(self, subscription: Subscription) -> str:
        if subscription.state == "active":
            return words.NOT_PAUSED.format(subscription.number)
        now = self._clock()
        subscription.state, subscription.paused_until, subscription.slept_at = "active", None, None
        subscription.woken_at = now
        # What fell into the pause is not made up for.
        return words.resumed(subscription, now)

    async def _extra(self, incoming: Incoming, command: Command) -> str:
        now = self._clock()
        async with self._writing, self._sessions.begin() as session:
            known = await subscriptions.of_chat(session, incoming.account, incoming.lane)
            subscription = _chosen(known, command)
            if await deliveries.extra_since(session, [one.id for one in known], now - _EXTRA_EVERY):
                raise Unclear(words.NOW_AGAIN)
            here = timetable.local(now, subscription.zone)
            extra = Entry(subscription.id, here.date(), now, kind="extra", hour=here.hour or 24)
            await deliveries.enter(session, [extra])
        await self._soon()
        return words.NOW


_DEFAULTS: dict[str, Any] = {
    "days": "1234567",
    "zone": "Asia/Shanghai",
    "category": "",
    "count": 5,
    "summary_minute": timetable.SUMMARY_MINUTE,
    "state": "active",
}


def _chosen(known: Sequence[Subscription], command: Command) -> Subscription:
    if not known:
        raise Unclear(words.NONE_HERE)
    if command.number is None:
        if len(known) > 1:
            raise Unclear(words.which(command.verb, known))
        return known[0]
    for one in known:
        if one.number == command.number:
            return one
    raise Unclear(words.NO_NUMBER.format(command.number))


def _check(subscription: Subscription, others: Sequence[Subscription]) -> None:
    """Raises :class:`Unclear` for times that cannot be kept."""
    begin, end = subscription.quiet_from, subscription.quiet_until
    if begin is not None and end is not None:
        for minute in (subscription.minute, subscription.summary_minute):
            if minute is not None and timetable.within(minute, begin, end):
                raise Unclear(words.quiet_clash(minute, begin, end, summary=minute != subscription.minute))
    for one in others:
        if (one.minute, one.days, one.zone, one.category) == (
            subscription.minute,
            subscription.days,
            subscription.zone,
            subscription.category,
        ):
            raise Unclear(words.TWICE.format(one.number, one.number))


def _reschedule(subscription: Subscription, now: datetime, *, had: date | None = None) -> None:
    """*had*: the last local date with questions; it gets no others at another hour."""
    subscription.since = now
    after = now if had is None else timetable.instant(had + timedelta(days=1), 0, subscription.zone)
    subscription.next_at = timetable.next_due(subscription, max(now, after))
