"""The daily practice: who wants it when, and what became of it each day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now

_KEPT_UP = text("state != 'stopped'")
_UNSETTLED = text("state IN ('due', 'held', 'claimed')")


class Subscription(Base):
    """A chat wants questions at some time of its days."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "uq_subscription_account_lane_number",
            "account",
            "lane",
            "number",
            unique=True,
            sqlite_where=_KEPT_UP,
            postgresql_where=_KEPT_UP,
        ),
        Index("ix_subscription_next_at", "next_at", sqlite_where=_KEPT_UP, postgresql_where=_KEPT_UP),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account: Mapped[str] = mapped_column(String(96))
    """The bot's own account that was asked for it, and that sends."""
    lane: Mapped[str] = mapped_column(String(96), index=True)
    """The group, or the member in private: ``qq:67890``."""
    group_id: Mapped[str | None] = mapped_column(String(96))
    """``lane``, where that is a group."""
    number: Mapped[int] = mapped_column()
    """From 1; what the chat calls it by. Free again once it is stopped."""
    minute: Mapped[int] = mapped_column()
    """Of the local day, 0 to 1439."""
    days: Mapped[str] = mapped_column(String(8), default="1234567")
    """Weekdays, Monday is 1; or ``work`` and ``rest`` for China's official working days and days off."""
    zone: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    """IANA name."""
    category: Mapped[str] = mapped_column(String(32), default="")
    """Empty for all."""
    count: Mapped[int] = mapped_column(default=5)
    """Questions a push."""
    summary_minute: Mapped[int | None] = mapped_column()
    """When the evening's summary comes; ``None`` for none."""
    quiet_from: Mapped[int | None] = mapped_column()
    """Nothing is sent from this minute of the local day on …"""
    quiet_until: Mapped[int | None] = mapped_column()
    """… until this one; past midnight where it is the smaller one."""
    state: Mapped[str] = mapped_column(String(8), default="active")
    """active, paused (by somebody), asleep (nobody answered for long) or stopped."""
    paused_until: Mapped[date | None] = mapped_column()
    """The last local date of a pause; ``None`` for one without end."""
    slept_at: Mapped[datetime | None] = mapped_column()
    """An answer in the chat after it wakes an asleep one."""
    woken_at: Mapped[datetime | None] = mapped_column()
    """Unanswered pushes before it count no more."""
    since: Mapped[datetime] = mapped_column(default=now)
    """When its times were last set: nothing is due before."""
    next_at: Mapped[datetime] = mapped_column()
    """The first due time that is not in the ledger yet."""
    made_by: Mapped[str] = mapped_column(String(96))
    made_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(Base):
    """What became of one push on one local day: a row is the promise that there is no second one."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("subscription_id", "local_date", "kind", "hour"),
        Index("ix_delivery_unsettled", "next_at", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
        Index("ix_delivery_message_id", "message_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id", ondelete="CASCADE"))
    local_date: Mapped[date] = mapped_column()
    """The day of the questions, also of their summary."""
    kind: Mapped[str] = mapped_column(String(8), default="digest")
    """digest, summary or extra (somebody wanted one now)."""
    hour: Mapped[int] = mapped_column(default=0)
    """Of an extra one the local hour, 24 at midnight; 0 of the day's own. A summary has that of its questions."""
    state: Mapped[str] = mapped_column(String(8), default="due")
    """due, claimed (a process is at it), held (to be tried again), sent, perhaps (it may have gone out; not sent
    again), missed (it should have been sent) or skipped (it was not wanted, or there was nothing to send)."""
    reason: Mapped[str] = mapped_column(String(32), default="")
    """A short code, see ``bot.services.push.words``."""
    planned_at: Mapped[datetime] = mapped_column()
    next_at: Mapped[datetime] = mapped_column()
    """When an unsettled one is looked at again; of a claimed one, when its process is given up."""
    sent_at: Mapped[datetime | None] = mapped_column()
    message_id: Mapped[str] = mapped_column(String(128), default="")
    """The platform's."""
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("quiz.id", ondelete="SET NULL"), index=True)
    """The quiz that takes the answers."""
    receipts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What the sender said, oldest first: at, state, reason."""
