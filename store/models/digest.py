"""Daily digests: which quiz was asked for which delivery."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base


class Digest(Base):
    """What makes a quiz of mode daily the practice of one day; its questions and answers are the quiz's."""

    __tablename__ = "digest"

    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.id", ondelete="CASCADE"), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(unique=True)
    """The delivery that it was prepared for: prepared again, it is the same one."""
    subscription_id: Mapped[int] = mapped_column(index=True)
    day: Mapped[date] = mapped_column()
    """Of the subscription's time zone."""
    closes_at: Mapped[datetime] = mapped_column()
    """No answer counts from then on, summary or not; the summary closes it before."""
