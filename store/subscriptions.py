"""Who wants daily questions, where and when. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Delivery, Quiz, QuizAnswer, QuizItem, Subscription

# Spelt out in the statement: PostgreSQL uses no partial index for what it is told only later.
_STOPPED: BindParameter[str] = bindparam(None, "stopped", literal_execute=True)
_MOST = 500
"""Looked at in one transaction."""


async def of_chat(session: AsyncSession, account: str, lane: str) -> Sequence[Subscription]:
    """What the chat wants, by number."""
    rows = await session.scalars(
        select(Subscription)
        .where(Subscription.account == account, Subscription.lane == lane, Subscription.state != _STOPPED)
        .order_by(Subscription.number)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def ever_of_chat(session: AsyncSession, account: str, lane: str) -> Sequence[Subscription]:
    """What the chat wants and wanted, the newest first; a number is given again once it is free."""
    here = (Subscription.account == account, Subscription.lane == lane)
    return (await session.scalars(select(Subscription).where(*here).order_by(Subscription.id.desc()))).all()


async def overdue(session: AsyncSession, at: datetime, most: int = _MOST) -> Sequence[Subscription]:
    """Subscriptions with due times up to *at* that are not in the ledger; another process's are left to it."""
    rows = await session.scalars(
        select(Subscription)
        .where(Subscription.state != _STOPPED, Subscription.next_at <= at)
        .order_by(Subscription.next_at, Subscription.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def on_days(session: AsyncSession, days: Collection[str], at: datetime) -> Sequence[Subscription]:
    """Subscriptions that go by one of these *days* and are due after *at*."""
    rows = await session.scalars(
        select(Subscription)
        .where(Subscription.state != _STOPPED, Subscription.days.in_(days), Subscription.next_at > at)
        .order_by(Subscription.id)
    )
    return rows.all()


async def advance(session: AsyncSession, subscription_id: int, seen: datetime, **values: Any) -> bool:
    """Change a subscription whose next due time is still the one that was *seen*; whether it was."""
    changed = await session.scalars(
        update(Subscription)
        .where(Subscription.id == subscription_id, Subscription.next_at == seen)
        .values(**values)
        .returning(Subscription.id)
    )
    return changed.one_or_none() is not None


async def change(session: AsyncSession, subscription_id: int, **values: Any) -> None:
    """Change a subscription that is not stopped."""
    await session.execute(
        update(Subscription).where(Subscription.id == subscription_id, Subscription.state != _STOPPED).values(**values)
    )


async def answered_since(session: AsyncSession, account: str, lane: str, since: datetime) -> bool:
    """Whether anybody answered a question of the bot in the chat."""
    found = await session.scalar(
        select(QuizAnswer.id)
        .join(QuizItem, QuizItem.id == QuizAnswer.item_id)
        .join(Quiz, Quiz.id == QuizItem.quiz_id)
        .where(Quiz.account == account, Quiz.lane == lane, QuizAnswer.answered_at > since)
        .limit(1)
    )
    return found is not None


async def of_message(session: AsyncSession, account: str, lane: str, message_id: str) -> Subscription | None:
    """Whose push the platform knows as *message_id*."""
    rows = await session.scalars(
        select(Subscription)
        .join(Delivery, Delivery.subscription_id == Subscription.id)
        .where(Subscription.account == account, Subscription.lane == lane, Delivery.message_id == message_id)
        .limit(1)
    )
    return rows.one_or_none()
