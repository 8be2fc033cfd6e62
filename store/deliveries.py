"""The ledger of what subscriptions were sent, or why not. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Delivery, Quiz, QuizAnswer, QuizItem, Subscription

# Spelt out in the statement: PostgreSQL uses no partial index for what it is told only later.
_UNSETTLED: BindParameter[Sequence[str]] = bindparam(
    None, ("due", "held", "claimed"), expanding=True, literal_execute=True
)
_CHUNK = 500
"""Rows a statement."""
SUMMARY_OFF = "summary_off"


@dataclass(frozen=True, slots=True)
class Entry:
    """A due time as it goes into the ledger."""

    subscription_id: int
    local_date: date
    planned_at: datetime
    state: str = "due"
    reason: str = ""
    kind: str = "digest"
    hour: int = 0


async def enter(session: AsyncSession, entries: Iterable[Entry]) -> None:
    """Write down what is not in the ledger yet; a day that is there stays as it is."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows: list[dict[str, Any]] = [
        {
            "subscription_id": one.subscription_id,
            "local_date": one.local_date,
            "kind": one.kind,
            "hour": one.hour,
            "state": one.state,
            "reason": one.reason,
            "planned_at": one.planned_at,
            "next_at": one.planned_at,
            "message_id": "",
            "receipts": [],
        }
        for one in entries
    ]
    for start in range(0, len(rows), _CHUNK):
        await session.execute(
            dialect.insert(Delivery).on_conflict_do_nothing(
                index_elements=["subscription_id", "local_date", "kind", "hour"]
            ),
            rows[start : start + _CHUNK],
        )


async def accounts_at_work(session: AsyncSession, at: datetime) -> Sequence[str]:
    """Accounts with deliveries to be looked at."""
    rows = await session.scalars(
        select(Subscription.account)
        .distinct()
        .where(Subscription.id.in_(select(Delivery.subscription_id).where(_waiting(at))))
    )
    return rows.all()


async def claim(
    session: AsyncSession, account: str, at: datetime, *, until: datetime, most: int, given_up: bool = False
) -> Sequence[int]:
    """Take deliveries of an account, the oldest first, until that moment; their ids.

    *given_up*: those that a process claimed and did not keep, instead of those nobody has.
    """
    states = ("claimed",) if given_up else ("due", "held")
    # The offset keeps PostgreSQL from looking through everything that waits once for each subscription.
    waiting = select(Delivery.id, Delivery.subscription_id).where(_waiting(at)).offset(0).subquery()
    of_account = (
        select(waiting.c.id)
        .join(Subscription, Subscription.id == waiting.c.subscription_id)
        .where(Subscription.account == account)
    )
    free = (
        select(Delivery.id)
        .where(Delivery.id.in_(of_account), Delivery.state.in_(states))
        .order_by(Delivery.planned_at, Delivery.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Delivery)
        .cte()
    )
    taken = await session.scalars(
        update(Delivery)
        # Asked again: what another process took meanwhile is not due any more.
        .where(Delivery.id.in_(select(free.c.id)), _waiting(at), Delivery.state.in_(states))
        .values(state="claimed", next_at=until)
        .returning(Delivery.id)
    )
    return sorted(taken.all())


async def keep(session: AsyncSession, delivery_ids: Collection[int], until: datetime) -> None:
    """Claim for longer."""
    await session.execute(
        update(Delivery).where(Delivery.id.in_(delivery_ids), Delivery.state == "claimed").values(next_at=until)
    )


async def with_subscription(session: AsyncSession, delivery_id: int) -> tuple[Delivery, Subscription]:
    """A delivery and whose it is."""
    rows = await session.execute(
        select(Delivery, Subscription)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(Delivery.id == delivery_id)
        .execution_options(populate_existing=True)
    )
    delivery, subscription = rows.one()
    return delivery, subscription


async def settle(session: AsyncSession, delivery_id: int, states: Sequence[str], **values: Any) -> bool:
    """Write what became of a delivery that is still in one of *states*; whether it was."""
    changed = await session.scalars(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(states))
        .values(**values)
        .returning(Delivery.id)
    )
    return changed.one_or_none() is not None


async def asked(session: AsyncSession, subscription_id: int, since: date) -> Sequence[tuple[date, int, datetime]]:
    """The questions that went out for *since* or a later day: that day, the hour in the ledger, when they were made."""
    rows = await session.execute(
        select(Delivery.local_date, Delivery.hour, Quiz.started_at)
        .join(Quiz, Quiz.id == Delivery.digest_id)
        .where(
            Delivery.subscription_id == subscription_id,
            Delivery.local_date >= since,
            Delivery.kind != "summary",
            Delivery.sent_at.is_not(None),
        )
    )
    return [(day, hour, made_at) for day, hour, made_at in rows]


async def move_summary(session: AsyncSession, summary: Entry, *, wanted: bool) -> None:
    """Let that summary, unless somebody has begun to send it, come when the entry says, or not at all."""
    one = and_(
        Delivery.subscription_id == summary.subscription_id,
        Delivery.local_date == summary.local_date,
        Delivery.kind == summary.kind,
        Delivery.hour == summary.hour,
    )
    waits = Delivery.state.in_(("due", "held"))
    if not wanted:
        await session.execute(update(Delivery).where(one, waits).values(state="skipped", reason=SUMMARY_OFF))
        return
    at = summary.planned_at
    switched_off = and_(Delivery.state == "skipped", Delivery.reason == SUMMARY_OFF)
    await session.execute(
        update(Delivery).where(one, or_(waits, switched_off)).values(state="due", reason="", planned_at=at, next_at=at)
    )
    await enter(session, [summary])


async def turn_back(session: AsyncSession, at: datetime, lease_until: datetime) -> None:
    """The clock was ahead and is right now: what was written off before its time is due again, no wait is longer
    than a claim's."""
    await session.execute(
        update(Delivery)
        .where(Delivery.state == "missed", Delivery.reason == "down", Delivery.planned_at > at)
        .values(state="due", reason="", next_at=Delivery.planned_at)
    )
    await session.execute(
        update(Delivery)
        .where(Delivery.state.in_(("held", "claimed")), Delivery.next_at > lease_until)
        .values(next_at=lease_until)
    )


async def held_chats(session: AsyncSession) -> set[tuple[str, str]]:
    """Account and lane of the chats with something that was put off."""
    rows = await session.execute(
        select(Subscription.account, Subscription.lane)
        .join(Delivery, Delivery.subscription_id == Subscription.id)
        .where(Delivery.state.in_(_UNSETTLED), Delivery.state == "held")
        .distinct()
    )
    return {(account, lane) for account, lane in rows}


async def release(session: AsyncSession, account: str, lane: str, at: datetime) -> None:
    """Look at *at* at the latest at what the chat's platform put off."""
    of_chat = select(Subscription.id).where(Subscription.account == account, Subscription.lane == lane)
    await session.execute(
        update(Delivery)
        .where(Delivery.state == "held", Delivery.next_at > at, Delivery.subscription_id.in_(of_chat))
        .values(next_at=at)
    )


async def unanswered(session: AsyncSession, subscription: Subscription, most: int) -> int:
    """How many of the newest digests in a row nobody answered, *most* at the most; what was sent before the
    subscription was woken does not count."""
    answered = exists(
        select(QuizAnswer.id)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .where(QuizItem.quiz_id == Delivery.digest_id)
    )
    rows = await session.execute(
        select(answered)
        .where(
            Delivery.subscription_id == subscription.id,
            Delivery.kind == "digest",
            Delivery.state.in_(("sent", "perhaps")),
            Delivery.digest_id.is_not(None),
            Delivery.sent_at > (subscription.woken_at or subscription.made_at),
        )
        .order_by(Delivery.planned_at.desc())
        .limit(most)
    )
    count = 0
    for (was,) in rows:
        if was:
            break
        count += 1
    return count


async def newest(session: AsyncSession, subscription_ids: Sequence[int], most: int) -> Sequence[Delivery]:
    """The last deliveries, the newest first."""
    rows = await session.scalars(
        select(Delivery)
        .where(Delivery.subscription_id.in_(subscription_ids))
        .order_by(Delivery.planned_at.desc(), Delivery.id.desc())
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def extra_since(session: AsyncSession, subscription_ids: Sequence[int], since: datetime) -> bool:
    """Whether one was asked for out of turn."""
    found = await session.scalar(
        select(Delivery.id)
        .where(Delivery.subscription_id.in_(subscription_ids), Delivery.kind == "extra", Delivery.planned_at > since)
        .limit(1)
    )
    return found is not None


def _waiting(at: datetime) -> ColumnElement[bool]:
    return and_(Delivery.next_at <= at, Delivery.state.in_(_UNSETTLED))
