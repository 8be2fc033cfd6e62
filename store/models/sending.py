"""What goes out unasked: what each chat was found to allow, each account's pace, and every promise made once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now


class ChatAbility(Base):
    """A chat of one of the bot's accounts, and what the platform was found to allow in it."""

    __tablename__ = "chat_ability"
    __table_args__ = (UniqueConstraint("account", "lane"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account: Mapped[str] = mapped_column(String(96))
    lane: Mapped[str] = mapped_column(String(96), index=True)
    """The group, or the member in private: ``qq:67890``."""
    is_group: Mapped[bool] = mapped_column()
    proactive: Mapped[str] = mapped_column(String(8), default="unknown")
    """allowed, refused or unknown: whether the bot may speak unasked."""
    proactive_since: Mapped[datetime | None] = mapped_column()
    proactive_why: Mapped[str] = mapped_column(String(32), default="")
    """What told it: ``event``, ``sent``, or the platform's code."""
    muted_until: Mapped[datetime | None] = mapped_column()
    heard_message: Mapped[str] = mapped_column(String(256), default="")
    """The platform's id of the last message that may be answered."""
    heard_at: Mapped[datetime | None] = mapped_column()
    woken_at: Mapped[datetime | None] = mapped_column()
    """When the member was last called back."""
    sent_on: Mapped[date | None] = mapped_column()
    """The day that ``sent_today`` counts."""
    sent_today: Mapped[int] = mapped_column(default=0)
    """Tries to speak unasked, whatever came of them."""
    last_sent_at: Mapped[datetime | None] = mapped_column()


class SendingAccount(Base):
    """How one of the bot's accounts stands with its platform."""

    __tablename__ = "sending_account"

    account: Mapped[str] = mapped_column(String(96), primary_key=True)
    next_at: Mapped[datetime | None] = mapped_column()
    """Nothing goes out unasked before, from any process."""
    sent_on: Mapped[date | None] = mapped_column()
    sent_today: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    """Sends in a row that the platform did not confirm."""
    stood_down_until: Mapped[datetime | None] = mapped_column()
    """The platform looks askance at the account: until then it only answers."""
    stood_down_why: Mapped[str] = mapped_column(String(32), default="")


class Posting(Base):
    """A message that is sent once or not at all, by whatever process."""

    __tablename__ = "posting"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat_ability.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="claimed")
    """claimed (somebody is sending it, or was killed), sent, perhaps, refused, or open: certainly not sent."""
    reason: Mapped[str] = mapped_column(String(32), default="")
    message_id: Mapped[str] = mapped_column(String(256), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    """What to look for in the chat, as long as it may have to be."""
    tries: Mapped[int] = mapped_column(default=0)
    """Earlier tries that were looked for and not found."""
    claimed_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None] = mapped_column()


class ReplySeq(Base):
    """How many replies a member's message has had: their numbers are shared by everybody who answers it."""

    __tablename__ = "reply_seq"
    __table_args__ = (UniqueConstraint("chat_id", "message_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat_ability.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(256))
    used: Mapped[int] = mapped_column()
    first_at: Mapped[datetime] = mapped_column(default=now)
