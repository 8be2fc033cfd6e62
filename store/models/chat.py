"""Who talks to the bot, and every exchange."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, now


class Member(Base):
    """Somebody who talked to the bot, per platform."""

    __tablename__ = "member"

    id: Mapped[str] = mapped_column(String(96), primary_key=True)
    """Platform and the platform's id: ``qq:12345``, ``web:…``, ``terminal:local``."""
    name: Mapped[str] = mapped_column(String(128), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class PersonAccount(Base):
    """An account that is bound to another one: what it does, the other one's member does."""

    __tablename__ = "person_account"

    account_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("member.id"), index=True)
    """Whose name everything is kept under; never an ``account_id`` itself."""
    bound_at: Mapped[datetime] = mapped_column(default=now)
    swept: Mapped[bool] = mapped_column(default=False, server_default=false())
    """What processes wrote under its own name before they knew of it has been joined too."""


class ChatGroup(Base):
    """A group chat the bot was addressed in."""

    __tablename__ = "chat_group"

    id: Mapped[str] = mapped_column(String(96), primary_key=True)
    """Platform and the platform's id: ``qq:67890``."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Ask(Base):
    """What was asked, what was answered and how it was known."""

    __tablename__ = "ask"
    __table_args__ = (Index("ix_ask_account_reply_message_id", "account", "reply_message_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From ``store.ids.new_id``: time-ordered, made by the writer."""
    account: Mapped[str] = mapped_column(String(96))
    """The bot's own account that was asked: ``qq:10001``, ``web``, ``terminal``."""
    group_id: Mapped[str | None] = mapped_column(ForeignKey("chat_group.id"), index=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), index=True)
    message_id: Mapped[str] = mapped_column(String(128), default="")
    """The platform's id of the question."""
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="received", index=True)
    """received, answered, refused (said so, with ``reason``), failed (the model did) or interrupted."""
    reason: Mapped[str] = mapped_column(String(64), default="")
    """Why it was refused or failed, an English code."""
    reply: Mapped[str] = mapped_column(Text, default="")
    passport: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """How the answer was known, see ``bot.services.passport``."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"), index=True)
    reply_message_id: Mapped[str | None] = mapped_column(String(128))
    """The platform's id of our reply: what a quote-reply names."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None] = mapped_column()
    delivered_at: Mapped[datetime | None] = mapped_column()


class Rating(Base):
    """What a member thinks of an answer; the last word counts."""

    __tablename__ = "rating"

    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    value: Mapped[int] = mapped_column()
    """1 helpful, -1 not."""
    rated_at: Mapped[datetime] = mapped_column(default=now, index=True)
