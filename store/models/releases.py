"""Which model served when, and the machine that serves it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now

_SERVING = text("status = 'serving'")
_ASKED = text("status = 'asked'")
_STARTING = text("status = 'starting'")


class Release(Base):
    """A stretch of time in which one model was to serve, or did; the newest rows are how it is now."""

    __tablename__ = "release"
    __table_args__ = (
        # Whatever the keepers believe: one serves, one is being started, one waits.
        Index("uq_release_serving", "status", unique=True, sqlite_where=_SERVING, postgresql_where=_SERVING),
        Index("uq_release_starting", "status", unique=True, sqlite_where=_STARTING, postgresql_where=_STARTING),
        Index("uq_release_asked", "status", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    status: Mapped[str] = mapped_column(String(12))
    """asked, starting, serving, draining (finishes what it was asked before another took its place),
    ended, failed (it never served), withdrawn (another was asked for before it began)."""
    kind: Mapped[str] = mapped_column(String(12))
    """promote (a round), folder (a model that no round made), rollback (by a person), rescue (by the watch, or
    because the one that was to take its place could not) or restart (the keeper came back)."""
    round_id: Mapped[int | None] = mapped_column(ForeignKey("training_round.id", ondelete="SET NULL"), index=True)
    model: Mapped[str] = mapped_column(Text)
    """Folder on the machine that serves it."""
    name: Mapped[str] = mapped_column(String(96), default="")
    """What requests call it; of no other release, so that no server answers in its place."""
    chat_format: Mapped[str] = mapped_column(String(16), default="")
    """Family of its chat template, see ``inference.chat_template``; empty when it is of none that is known."""
    url: Mapped[str] = mapped_column(Text, default="")
    """Where it answers, or did."""
    beside: Mapped[bool | None] = mapped_column()
    """Started while the one before it served; otherwise that one had to stop first."""
    answering: Mapped[bool] = mapped_column(default=True)
    """Its server is up, as far as its keeper knows; otherwise it is being started anew."""
    replaces: Mapped[int | None] = mapped_column(RowId)
    """The release that served when this one was started."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was started; a keeper that dies each time must not try for ever."""
    asked_by: Mapped[str] = mapped_column(String(96), default="")
    account: Mapped[str] = mapped_column(String(96), default="")
    """The bot's account that it was asked for through, where its outcome is told; empty for a terminal."""
    group_id: Mapped[str | None] = mapped_column(String(96))
    member_id: Mapped[str] = mapped_column(String(96), default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column()
    serving_from: Mapped[datetime | None] = mapped_column(index=True)
    serving_until: Mapped[datetime | None] = mapped_column()
    """New questions went to it until then."""
    watched_until: Mapped[datetime | None] = mapped_column()
    """Until then it is rolled back when it does badly."""
    ended_at: Mapped[datetime | None] = mapped_column()
    checks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What it was tried with before anybody asked it, and how the watch found it."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why it failed, or why it had to go, in Chinese."""
    told: Mapped[str] = mapped_column(String(12), default="")
    """What superusers have heard of it: serving or failed; empty when nothing yet."""


class ServingHost(Base):
    """The machine whose keeper serves releases."""

    __tablename__ = "serving_host"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    """Host and process: ``gpu1:4711``."""
    seen_at: Mapped[datetime] = mapped_column(default=now)
    left: Mapped[bool] = mapped_column(default=False)
    """It ended in good order."""

    @property
    def host(self) -> str:
        return self.name.rpartition(":")[0]
