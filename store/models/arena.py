"""Models that are compared: a second one beside the one that serves, their answers to one question, and the votes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now

_LIVE = {status: text(f"status = '{status}'") for status in ("asked", "starting", "open")}


class Challenger(Base):
    """A stretch of time in which a second model stood beside the one that serves, or was to."""

    __tablename__ = "challenger"
    __table_args__ = tuple(
        Index(f"uq_challenger_{status}", "status", unique=True, sqlite_where=where, postgresql_where=where)
        for status, where in _LIVE.items()
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    status: Mapped[str] = mapped_column(String(12))
    """asked, starting, open (it answers), ended, or failed (it never answered, or fell)."""
    round_id: Mapped[int | None] = mapped_column(ForeignKey("training_round.id", ondelete="SET NULL"), index=True)
    model: Mapped[str] = mapped_column(Text)
    """Folder on the machine that serves it."""
    name: Mapped[str] = mapped_column(String(96), default="")
    """What requests call it."""
    chat_format: Mapped[str] = mapped_column(String(16), default="")
    url: Mapped[str] = mapped_column(Text, default="")
    votes: Mapped[bool] = mapped_column(default=False)
    """Members of groups that agreed see its answers beside the other one's and vote; otherwise superusers alone."""
    asked_by: Mapped[str] = mapped_column(String(96), default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    open_from: Mapped[datetime | None] = mapped_column()
    until: Mapped[datetime] = mapped_column()
    """It leaves then, unless somebody needs it for longer."""
    ended_at: Mapped[datetime | None] = mapped_column()
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why it failed, or had to leave early, in Chinese."""


class ArenaGroup(Base):
    """A group that agreed to be shown two answers and to be asked which is better."""

    __tablename__ = "arena_group"

    group_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    agreed_by: Mapped[str] = mapped_column(String(96))
    agreed_at: Mapped[datetime] = mapped_column(default=now)


class Battle(Base):
    """Two models' answers to one question; which is which nobody sees who votes."""

    __tablename__ = "battle"
    __table_args__ = (Index("ix_battle_account_message_id", "account", "message_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From ``store.ids.new_id``."""
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("ask.id", ondelete="SET NULL"), unique=True)
    """The member's question; ``None`` for one that a superuser asked both on purpose."""
    challenger_id: Mapped[int] = mapped_column(ForeignKey("challenger.id", ondelete="CASCADE"), index=True)
    serving: Mapped[str] = mapped_column(String(96))
    """Name of the model that served."""
    serving_round: Mapped[int | None] = mapped_column(RowId)
    challenger_round: Mapped[int | None] = mapped_column(RowId)
    blind: Mapped[bool] = mapped_column(default=True)
    """Whoever voted did not know which is which."""
    account: Mapped[str] = mapped_column(String(96))
    group_id: Mapped[str | None] = mapped_column(String(96))
    message_id: Mapped[str | None] = mapped_column(String(128))
    """The platform's id of our message with both answers: what a vote quotes."""
    prompt: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The conversation that both were sent: messages with ``role`` and ``content``."""
    serving_text: Mapped[str] = mapped_column(Text)
    challenger_text: Mapped[str] = mapped_column(Text)
    challenger_first: Mapped[bool] = mapped_column()
    """The challenger's answer is shown as 甲."""
    fought_at: Mapped[datetime] = mapped_column(default=now, index=True)


class BattleVote(Base):
    """What a member thinks of a battle; the last word counts."""

    __tablename__ = "battle_vote"

    battle_id: Mapped[int] = mapped_column(ForeignKey("battle.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(String(96), primary_key=True, index=True)
    choice: Mapped[str] = mapped_column(String(12))
    """serving, challenger, both (equally good) or neither."""
    voted_at: Mapped[datetime] = mapped_column(default=now)
