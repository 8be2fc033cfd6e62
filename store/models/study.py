"""What members have practised, what they got wrong, and when it comes again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, now


class Attempt(Base):
    """A question that a member answered, wherever it was asked."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_member_id_at", "member_id", "at"),
        Index("ix_attempt_question_id_at", "question_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From ``store.ids.new_id``."""
    member_id: Mapped[str] = mapped_column(String(96))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    group_id: Mapped[str | None] = mapped_column(String(96), index=True)
    source: Mapped[str] = mapped_column(String(8))
    """quiz or review."""
    text: Mapped[str] = mapped_column(String(512), default="")
    right: Mapped[bool] = mapped_column()
    grade: Mapped[int] = mapped_column()
    """As FSRS counts: 1 again, 2 hard, 3 good, 4 easy; derived, never asked for."""
    took_ms: Mapped[int] = mapped_column()
    hints: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)


class StudyCard(Base):
    """What a member remembers of a question, by FSRS."""

    __tablename__ = "study_card"
    __table_args__ = (Index("ix_study_card_member_id_due", "member_id", "due"),)

    member_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[int] = mapped_column()
    """1 learning, 2 review, 3 relearning."""
    step: Mapped[int | None] = mapped_column()
    stability: Mapped[float | None] = mapped_column()
    """Days until recall falls to 90 %."""
    difficulty: Mapped[float | None] = mapped_column()
    """1 to 10."""
    due: Mapped[datetime] = mapped_column()
    last_review: Mapped[datetime | None] = mapped_column()
    tries: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    in_book: Mapped[bool] = mapped_column(default=False)
    """It stands in the wrong-question book: was answered wrong, and not yet right often enough since."""
    streak: Mapped[int] = mapped_column(default=0)
    """Right answers in a row."""
    wrong_at: Mapped[datetime | None] = mapped_column()
    shelved: Mapped[bool] = mapped_column(default=False)
    """搁置: it does not come again until the member wants it."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What it was before its last answer, empty for not there, so that the answer can be taken back;
    ``None`` when it cannot."""


class Studying(Base):
    """How a member wants to study."""

    __tablename__ = "studying"

    member_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    exam: Mapped[str] = mapped_column(String(32), default="")
    """国考, 省考, …"""
    exam_on: Mapped[date | None] = mapped_column()
    daily_cap: Mapped[int | None] = mapped_column()
    """Most reviews a day; ``None`` for the default."""
    easy_days: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Weekdays with half the load, Monday 0."""
    on_boards: Mapped[bool] = mapped_column(default=True)
    """Shown on the boards of the groups it plays in."""
    on_global: Mapped[bool] = mapped_column(default=False)
    """Shown on the board over all groups."""
    parameters: Mapped[list[float] | None] = mapped_column(JSON)
    """Of FSRS, fitted to the member's own log; ``None`` for the published ones."""
    fitted_at: Mapped[datetime | None] = mapped_column()
    """When fitting was last tried, whatever came of it."""
