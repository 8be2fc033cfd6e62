"""Quizzes: what was asked in which chat, and what every member answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now

_NOT_LEARNED = text("NOT learned")
_GOING_ON = text("state != 'ended' AND mode != 'daily'")


class Quiz(Base):
    """One game from 出题 to its last word."""

    __tablename__ = "quiz"
    __table_args__ = (
        # However many processes hear the same command: one game a chat. A daily digest is open beside it.
        Index(
            "uq_quiz_account_lane", "account", "lane", unique=True, sqlite_where=_GOING_ON, postgresql_where=_GOING_ON
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account: Mapped[str] = mapped_column(String(96))
    """The bot's own account that asks."""
    lane: Mapped[str] = mapped_column(String(96), index=True)
    """The group, or the member in private: ``qq:67890``."""
    group_id: Mapped[str | None] = mapped_column(String(96), index=True)
    mode: Mapped[str] = mapped_column(String(8))
    """race (the first right answer scores), all (everybody answers once, revealed at the end), duel (race of two),
    model (all, and the model answers too), relay (two teams, one member at a time), review (alone, without haste)
    or daily (all questions open until the evening, see :class:`store.models.Digest`)."""
    state: Mapped[str] = mapped_column(String(8), default="running")
    """joining (teams are formed), running, paused or ended."""
    category: Mapped[str] = mapped_column(String(32), default="")
    limit_s: Mapped[int] = mapped_column()
    """For one question."""
    players: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Who may answer; empty for everybody."""
    started_by: Mapped[str] = mapped_column(String(96))
    started_at: Mapped[datetime] = mapped_column(default=now, index=True)
    paused_at: Mapped[datetime | None] = mapped_column()
    left_s: Mapped[float | None] = mapped_column()
    """What the open question had left when the game was paused."""
    ended_at: Mapped[datetime | None] = mapped_column()
    ended_why: Mapped[str] = mapped_column(String(12), default="")
    """finished, stopped (by somebody), idle (nobody answered) or lost (nothing to ask any more)."""


class QuizItem(Base):
    """One question of a quiz."""

    __tablename__ = "quiz_item"
    __table_args__ = (UniqueConstraint("quiz_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    """From 1."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id", ondelete="SET NULL"), index=True)
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The question as it was asked, so that a change of the bank does not change a game:
    kind, stem, options, answer, aliases, explanation, category, difficulty, source."""
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting, open, settled or skipped."""
    hints: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column()
    """When the platform had shown it; in a relay when the turn came to whoever has it."""
    turn: Mapped[str | None] = mapped_column(String(96))
    """Who is to answer, in a relay."""
    due_at: Mapped[datetime | None] = mapped_column()
    settled_at: Mapped[datetime | None] = mapped_column()
    winner: Mapped[str | None] = mapped_column(String(96))
    """Whose right answer settled it, in a race."""
    model_answer: Mapped[str] = mapped_column(Text, default="")


class QuizPlayer(Base):
    """A member of a relay's team; the order of joining is the order of their ids."""

    __tablename__ = "quiz_player"
    __table_args__ = (UniqueConstraint("quiz_id", "member_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id", ondelete="CASCADE"))
    member_id: Mapped[str] = mapped_column(String(96))
    name: Mapped[str] = mapped_column(String(64), default="")
    team: Mapped[int] = mapped_column()
    """1 or 2."""
    turns: Mapped[int] = mapped_column(default=0)
    """How often the turn came; who joins late begins near the others' count."""
    missed: Mapped[int] = mapped_column(default=0)
    """Turns in a row that it let pass."""


class QuizAnswer(Base):
    """What a member answered; scores are sums of its points."""

    __tablename__ = "quiz_answer"
    __table_args__ = (
        UniqueConstraint("item_id", "member_id"),
        Index("ix_quiz_answer_member_id_answered_at", "member_id", "answered_at"),
        # Few at a time: what a killed process left as well.
        Index("ix_quiz_answer_not_learned", "id", sqlite_where=_NOT_LEARNED, postgresql_where=_NOT_LEARNED),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From ``store.ids.new_id``."""
    item_id: Mapped[int] = mapped_column(ForeignKey("quiz_item.id", ondelete="CASCADE"))
    member_id: Mapped[str] = mapped_column(String(96))
    member_name: Mapped[str] = mapped_column(String(64), default="")
    message_id: Mapped[str] = mapped_column(String(128), default="")
    """The platform's id of the answer."""
    text: Mapped[str] = mapped_column(String(512))
    right: Mapped[bool] = mapped_column()
    points: Mapped[int] = mapped_column(default=0)
    took_ms: Mapped[int] = mapped_column()
    """From the question on the screen to the answer received; 0 for one that came before the platform confirmed it."""
    tries: Mapped[int] = mapped_column(default=1)
    """How often the member answered it; an open question takes several."""
    judged_by: Mapped[str] = mapped_column(String(96), default="rule")
    """rule, model, or the person who overruled them."""
    reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime] = mapped_column(default=now, index=True)
    """When it was received, whenever it was judged."""
    learned: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It is practice too: an attempt, and a card that says when the question comes again."""
