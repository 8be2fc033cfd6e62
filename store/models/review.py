"""What members say is wrong, what reviewers decide about it, and whom to tell."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now

_OPEN = text("status = 'open'")
_HELD = text("held_by IS NOT NULL")


class ReviewItem(Base):
    """A question that a reviewer has to look at, whatever the causes; one open item a question."""

    __tablename__ = "review_item"
    __table_args__ = (
        Index("uq_review_item_subject_open", "subject", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_review_item_status_gain", "status", "gain"),
        Index("ix_review_item_held_by", "held_by", sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(32))
    """Fingerprint of the question, see ``store.wording``; ``temptation-`` and an id for a tempting option."""
    causes: Mapped[dict[str, float]] = mapped_column(JSON)
    """Why it is here and how doubtful each makes the answer, 0 to 1: correction, conflict, unanswered,
    low_confidence, voted_down, disagreement, expired, or temptation alone: no answer is in doubt."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"), index=True)
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("ask.id", ondelete="SET NULL"), index=True)
    """An exchange that shows the matter."""
    kind: Mapped[str] = mapped_column(String(8))
    """Of the question: short, single, multiple or judge."""
    stem: Mapped[str] = mapped_column(Text)
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    """In the order in which letters of this item are meant."""
    material: Mapped[str] = mapped_column(Text, default="")
    answered: Mapped[str] = mapped_column(Text, default="")
    """What the bot or the bank said when the item was opened, in words."""
    times_asked: Mapped[int] = mapped_column(default=0)
    gain: Mapped[float] = mapped_column(Float, default=0.0)
    """Expected gain of a decision, see ``bot.services.review_gain``: the queue's order."""
    opinion: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What a model said about it: ``text``, ``model``, ``round``."""
    status: Mapped[str] = mapped_column(String(12), default="open")
    """open, approved, rejected, withdrawn (by its reporters), moot (nothing left to decide) or undone."""
    held_by: Mapped[str | None] = mapped_column(String(96))
    """Person who is looking at it, until ``held_until``."""
    held_until: Mapped[datetime | None] = mapped_column()
    verdict: Mapped[str] = mapped_column(String(16), default="")
    """What was decided: changed, confirmed, alias, added, extended, retired, unanswerable, explained or rejected."""
    answer: Mapped[str] = mapped_column(Text, default="")
    """The answer that was decided on, in words."""
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(96))
    """Person who gave the last vote."""
    opened_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None] = mapped_column()


class ReviewVote(Base):
    """What one reviewer said of an item; the last word counts."""

    __tablename__ = "review_vote"
    __table_args__ = (UniqueConstraint("item_id", "reviewer"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"), index=True)
    reviewer: Mapped[str] = mapped_column(String(96), index=True)
    """The person, not the account: see ``bot.services.review.reviewers``."""
    verdict: Mapped[str] = mapped_column(String(16))
    """approve, alias, reject, unanswerable, retire or skip."""
    answer: Mapped[str] = mapped_column(Text, default="")
    """As ``store.models.Question.answer``, in the item's letters."""
    explanation: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    valid_until: Mapped[date | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now)


class Correction(Base):
    """A member's claim that an answer is wrong; its id is the number the member gets."""

    __tablename__ = "correction"
    __table_args__ = (
        Index(
            "uq_correction_item_id_member_id_claim_open",
            "item_id",
            "member_id",
            "claim",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"), index=True)
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("ask.id", ondelete="SET NULL"), index=True)
    """The exchange it is about; ``None`` for a quiz item."""
    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), index=True)
    reported_by: Mapped[str] = mapped_column(String(96), default="", server_default="")
    """The member's account that reported it: who is told the outcome."""
    account: Mapped[str] = mapped_column(String(96), default="")
    """The bot's account it was told to: where the outcome is told."""
    group_id: Mapped[str | None] = mapped_column(String(96))
    proposed: Mapped[str] = mapped_column(Text)
    """The answer the member gives, in words, private data masked."""
    claim: Mapped[str] = mapped_column(String(64), default="")
    """Hash of what it claims: equal for equal answers however they are written."""
    reason: Mapped[str] = mapped_column(Text, default="")
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What a reviewer should know: private_data, instructions, markup, shadowed."""
    status: Mapped[str] = mapped_column(String(12), default="open", index=True)
    """open, accepted, rejected or withdrawn: one fate, see ``bot.services.corrections``."""
    outcome: Mapped[str] = mapped_column(Text, default="")
    """Why, in Chinese, for the member."""
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    settled_at: Mapped[datetime | None] = mapped_column()


class GateCase(Base):
    """An approved decision as a question that every later model must answer."""

    __tablename__ = "gate_case"

    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    """As of a question, or unanswerable: then the right reply is that one does not know.
    The newest case of a fingerprint whose item is approved counts; an undone decision gives way to the one before."""
    stem: Mapped[str] = mapped_column(Text)
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    material: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text)
    """As ``Question.answer``, in the letters of ``options``; empty for unanswerable."""
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    category: Mapped[str] = mapped_column(String(32), default="")
    valid_until: Mapped[date | None] = mapped_column()
    fingerprint: Mapped[str] = mapped_column(String(32), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Notice(Base):
    """A sentence that a member is to be sent; written with what it tells of, sent afterwards."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("correction_id", "cause"),
        Index("ix_notice_account_sent_at", "account", "sent_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id", ondelete="CASCADE"), index=True)
    cause: Mapped[str] = mapped_column(String(16))
    """settled, or live with the round that serves it."""
    account: Mapped[str] = mapped_column(String(96))
    member_id: Mapped[str] = mapped_column(String(96))
    """The account that is told, see :attr:`Correction.reported_by`."""
    group_id: Mapped[str | None] = mapped_column(String(96))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None] = mapped_column()
    problem: Mapped[str] = mapped_column(String(64), default="")
    """Why it was not sent, an English code; given up when ``sent_at`` is set all the same."""


class ReadingMark(Base):
    """How far a collector has read a table, so that nothing is read twice or skipped."""

    __tablename__ = "reading_mark"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[int] = mapped_column(default=0)
    """Largest id that was looked at."""
