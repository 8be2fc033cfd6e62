"""One delivery, from its claim to what became of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.push import timetable, words
from bot.services.push.content import Content, Prepared
from bot.services.sending.post import Chat, Post, Receipt, Sender
from store import deliveries, subscriptions
from store.db import Sessions
from store.deliveries import Entry
from store.models import Delivery, Subscription, now

SILENT = 7
"""Digests in a row that nobody answered put a subscription to sleep."""
_AGAIN = timedelta(minutes=1)
_MOST_RECEIPTS = 20
_MOST_REASON = 32
_CALLED_OFF = ("stopped", "paused")


@dataclass(frozen=True, slots=True)
class _Job:
    delivery: Delivery
    subscription: Subscription
    farewell: bool
    """Nobody answers any more: the last word instead of more questions."""

    @property
    def worth_until(self) -> datetime:
        return timetable.worth_until(self.subscription, self.delivery.kind, self.delivery.planned_at)


class Delivering:
    """Asks for the content, sends it once, writes down what was said."""

    def __init__(
        self,
        sessions: Sessions,
        content: Content,
        sender: Sender,
        *,
        writing: AbstractAsyncContextManager[Any] | None = None,
        clock: Callable[[], datetime] = now,
        silent: int = SILENT,
    ) -> None:
        """*silent* digests in a row without an answer put a subscription to sleep."""
        self._sessions = sessions
        self._content = content
        self._sender = sender
        self._writing = writing or nullcontext()
        self._clock = clock
        self._silent = silent

    async def deliver(self, delivery_id: int, *, again: bool) -> None:
        """Make a delivery that is claimed by us; *again*: a process that did not live to tell may have made it.

        What goes wrong on our own side leaves it claimed, and so for later.
        """
        try:
            async with self._sessions() as session:
                delivery, subscription = await deliveries.with_subscription(session, delivery_id)
                silent = (
                    await deliveries.unanswered(session, subscription, self._silent) if delivery.kind == "digest" else 0
                )
            job = _Job(delivery, subscription, farewell=silent >= self._silent)
            if verdict := self._verdict(job, again):
                await self._close(job, *verdict)
            else:
                await self._send(job)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("push {} waits for the database: {}", delivery_id, type(error).__name__)

    def _verdict(self, job: _Job, again: bool) -> tuple[str, str] | None:
        """State and reason of what is not sent any more."""
        delivery, subscription, at = job.delivery, job.subscription, self._clock()
        if called_off := _called_off(delivery, subscription):
            return "perhaps" if again else "skipped", called_off
        if again or delivery.receipts:
            # However late it is: the sender knows whether it went out meanwhile.
            return None
        late = timetable.late_until(subscription, delivery.kind, delivery.planned_at)
        return ("missed", "down") if at > late else None

    async def _send(self, job: _Job) -> None:
        try:
            prepared = await self._prepare(job)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one chat's questions, the others get theirs
            logger.exception("push {} could not be prepared", job.delivery.id)
            await self._record(job, Prepared(""), Receipt("later", reason="unprepared"), type(error).__name__)
            return
        if prepared is None:
            await self._close(job, "skipped", "nothing")
            return
        subscription = job.subscription
        chat = Chat(subscription.account, subscription.lane, subscription.group_id is not None)
        receipt = await self._sender.send(
            Post(
                chat,
                prepared.text,
                prepared.picture,
                prepared.caption,
                key=_key(job.delivery),
                not_after=job.worth_until,
                unwanted=partial(_unwanted, job.delivery.id),
            )
        )
        await self._record(job, prepared, receipt)

    async def _prepare(self, job: _Job) -> Prepared | None:
        if job.farewell:
            return Prepared(words.farewell(job.subscription, self._silent), instead="asleep")
        prepare = self._content.summary if job.delivery.kind == "summary" else self._content.prepare
        prepared = await prepare(job.subscription, job.delivery.local_date, job.delivery.id)
        if prepared is None and job.delivery.kind == "extra":
            # Somebody waits for what was asked for just now.
            return Prepared(words.NOTHING_NOW, instead="nothing")
        return prepared

    async def _record(self, job: _Job, prepared: Prepared, receipt: Receipt, detail: str = "") -> None:
        at = self._clock()
        said = {"at": at.isoformat(), "state": receipt.state, "reason": receipt.reason, "detail": detail}
        values: dict[str, Any] = {
            "reason": receipt.reason[:_MOST_REASON],
            "receipts": [*job.delivery.receipts, said][-_MOST_RECEIPTS:],
        }
        went_out = receipt.state in ("sent", "perhaps")
        after = max(receipt.after or at + _AGAIN, at)
        if went_out:
            values |= {"state": receipt.state, "sent_at": at, "message_id": receipt.message_id}
            values["digest_id"] = prepared.digest_id
        elif receipt.state == "later" and after <= job.worth_until:
            values |= {"state": "held", "next_at": after}
        else:
            values["state"] = "skipped" if receipt.reason in _CALLED_OFF else "missed"
        if prepared.instead and went_out:
            values |= {"state": "skipped", "reason": prepared.instead}
        # Slow, and given up meanwhile: that it was sent is true all the same.
        states = ("claimed", "held", "perhaps") if receipt.state == "sent" else ("claimed",)
        async with self._writing, self._sessions.begin() as session:
            if not await deliveries.settle(session, job.delivery.id, states, **values) or not went_out:
                return
            if job.farewell:
                await subscriptions.change(session, job.subscription.id, state="asleep", slept_at=at)
            elif prepared.digest_id is not None and job.delivery.kind != "summary":
                await deliveries.enter(session, _summary(job, prepared.asked_at or at))

    async def _close(self, job: _Job, state: str, reason: str) -> None:
        async with self._writing, self._sessions.begin() as session:
            await deliveries.settle(session, job.delivery.id, ("claimed",), state=state, reason=reason)


def _called_off(delivery: Delivery, subscription: Subscription) -> str:
    """Why nobody wants it any more, else empty."""
    if subscription.state == "stopped":
        return "stopped"
    return "paused" if delivery.kind == "digest" and timetable.paused(subscription, delivery.local_date) else ""


async def _unwanted(delivery_id: int, session: AsyncSession) -> str:
    return _called_off(*await deliveries.with_subscription(session, delivery_id))


def _summary(job: _Job, asked_at: datetime) -> list[Entry]:
    day = job.delivery.local_date
    at = timetable.summary_at(job.subscription, day, asked_at)
    return [] if at is None else [Entry(job.subscription.id, day, at, kind="summary", hour=job.delivery.hour)]


def _key(delivery: Delivery) -> str:
    key = f"push:{delivery.subscription_id}:{delivery.local_date.isoformat()}"
    return key if delivery.kind == "digest" else f"{key}:{delivery.kind}{delivery.hour or ''}"
