"""Training sets: their versions, which question lies on which side, and which corrections they hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now


class DatasetVersion(Base):
    """One built training set; neither the row's content nor its files change afterwards."""

    __tablename__ = "dataset_version"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(16), unique=True)
    """``v0001``: also the name of its folder."""
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Of its manifest file, which holds those of the other files."""
    manifest: Mapped[dict[str, Any]] = mapped_column(JSON)
    built_at: Mapped[datetime] = mapped_column(default=now)
    round: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The training round that used it: from then on its corrections cannot be withdrawn."""
    used_at: Mapped[datetime | None] = mapped_column()
    announced_at: Mapped[datetime | None] = mapped_column()
    """When the reporters of its corrections were told that the round serves."""


class DatasetCorrection(Base):
    """A version holds what this correction brought."""

    __tablename__ = "dataset_correction"

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id", ondelete="CASCADE"), primary_key=True)
    correction_id: Mapped[int] = mapped_column(
        ForeignKey("correction.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SplitPlace(Base):
    """On which side a question lies, for ever: what is held out never trains a model."""

    __tablename__ = "split_place"

    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Of the question, see ``store.wording``; outlives the question itself."""
    side: Mapped[str] = mapped_column(String(8))
    """train, holdout or neither (it resembles questions of both)."""
    cluster: Mapped[str] = mapped_column(String(32))
    """Fingerprint of the question whose near duplicate it is; its own when it was the first."""


class Paraphrase(Base):
    """Another wording of a question that a model wrote and that passed the equality check."""

    __tablename__ = "paraphrase"
    __table_args__ = (UniqueConstraint("question_id", "stem_hash"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    stem: Mapped[str] = mapped_column(Text)
    stem_hash: Mapped[int] = mapped_column(BigInteger)
    of_stem_hash: Mapped[int] = mapped_column(BigInteger)
    """Of the stem it rewords: an edited question does not keep old paraphrases."""
    model: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime] = mapped_column(default=now)
