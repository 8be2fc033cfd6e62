"""Why a wrong option of a question tempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now


class Temptation(Base):
    """One wrong option that members fell for, and what is said about it; one row an option."""

    __tablename__ = "temptation"
    __table_args__ = (
        UniqueConstraint("question_id", "letter"),
        Index("ix_temptation_state_chosen", "state", "chosen"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    letter: Mapped[str] = mapped_column(String(1))
    """In the bank's order when members chose it."""
    option: Mapped[str] = mapped_column(Text)
    """What the option says: a letter that means something else by now is not spoken of."""
    chosen: Mapped[int] = mapped_column()
    """How often members had chosen it when it was noticed."""
    kind: Mapped[str] = mapped_column(String(8), default="")
    """As ``bot.services.tempting.kinds``; empty while nothing was proposed."""
    text: Mapped[str] = mapped_column(Text, default="")
    """One short Chinese sentence."""
    state: Mapped[str] = mapped_column(String(8), default="wanted")
    """wanted, refused (the model gave nothing that can be used), proposed, accepted or rejected."""
    model: Mapped[str] = mapped_column(String(128), default="")
    round: Mapped[str] = mapped_column(String(64), default="")
    """Of training, of the model that proposed it."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("review_item.id", ondelete="SET NULL"), index=True)
    """Where reviewers decide about it; that item names no question, since no answer is in doubt."""
    reviewer: Mapped[str | None] = mapped_column(String(96))
    """Person who decided."""
    wanted_at: Mapped[datetime] = mapped_column(default=now)
    asked_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a model was last asked, whatever came of it."""
    decided_at: Mapped[datetime | None] = mapped_column()
