"""Polls: which chat and which question a poll of a platform belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, now


class ChatPoll(Base):
    """A poll that one of the bot's accounts has put into a chat: a vote tells no more than the poll's id."""

    __tablename__ = "chat_poll"

    account: Mapped[str] = mapped_column(String(96), primary_key=True)
    poll_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    lane: Mapped[str] = mapped_column(String(96))
    """The group, or the member in private: ``telegram:-100123``."""
    is_group: Mapped[bool] = mapped_column()
    message_id: Mapped[str] = mapped_column(String(64))
    """The platform's id of the message that the poll is in."""
    about: Mapped[str] = mapped_column(String(64), index=True)
    """What the poll belongs to, before and after a colon: ``quiz:123``."""
    says: Mapped[list[str]] = mapped_column(JSON)
    """What whoever chooses an option is taken to say, one for each."""
    opened_at: Mapped[datetime] = mapped_column(default=now, index=True)
    closed_at: Mapped[datetime | None] = mapped_column()
    """When the bot stopped it, or tried to."""
