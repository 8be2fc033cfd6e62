"""How a group wants the bot to be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, now


class GroupSettings(Base):
    """What the group's admins set; a group without a row has the defaults of ``bot.toml``."""

    __tablename__ = "group_settings"

    group_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    off: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What is switched off: 问答, 出题."""
    member_daily: Mapped[int | None] = mapped_column()
    """Questions that a member may ask a day; ``None`` for the default."""
    group_daily: Mapped[int | None] = mapped_column()
    """Questions of the whole group a day; ``None`` for the default."""
    set_by: Mapped[str] = mapped_column(String(96))
    set_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
