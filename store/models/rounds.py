"""Training rounds: what was asked for, how far it is, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now

_RUNNING = text("status = 'running'")


class TrainingRound(Base):
    """One round; its id is the number people see."""

    __tablename__ = "training_round"
    __table_args__ = (
        # One round at a time on a GPU, whatever the workers believe.
        Index("uq_training_round_gpu_running", "gpu", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    status: Mapped[str] = mapped_column(String(12), index=True)
    """waiting (for a second approval), queued, running, ready (the gate let it pass), rejected, failed or cancelled."""
    note: Mapped[str] = mapped_column(Text, default="")
    approvals: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Persons who wanted it, the first one asked for it."""
    account: Mapped[str] = mapped_column(String(96), default="")
    """The bot's account that it was asked for through, where its end is told; empty for a terminal."""
    group_id: Mapped[str | None] = mapped_column(String(96))
    member_id: Mapped[str] = mapped_column(String(96), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The ``[training]`` table it runs with."""
    base: Mapped[str] = mapped_column(Text, default="")
    """Folder of the model it starts from."""
    dataset: Mapped[str | None] = mapped_column(String(16))
    """Version of the training set, once it is built."""
    gpu: Mapped[str | None] = mapped_column(String(128))
    """Machine and device it runs on."""
    worker: Mapped[str | None] = mapped_column(String(128))
    heartbeat_at: Mapped[datetime | None] = mapped_column()
    """The worker was alive then."""
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(String(16), default="")
    """The step under way, or the one that it ended in."""
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """How far the step is: ``stage``, ``done``, ``total``, ``eta_s``, ``loss``; may be lost."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why it failed or was rejected, in Chinese."""
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The gate's lines with their figures."""
    forced_by: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Persons who promoted it against the gate."""
    promoted_at: Mapped[datetime | None] = mapped_column()
    told: Mapped[str] = mapped_column(String(12), default="")
    """The last status that the chat it was asked for in has heard of."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()


class RoundStep(Base):
    """A step that is done; its record also lies in the round's folder."""

    __tablename__ = "round_step"

    round_id: Mapped[int] = mapped_column(ForeignKey("training_round.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    seconds: Mapped[float] = mapped_column(Float)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    finished_at: Mapped[datetime] = mapped_column(default=now)
