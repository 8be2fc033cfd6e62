"""The question bank: questions, how they are also asked, and what each import brought and changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import DDL, JSON, ForeignKey, LargeBinary, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, RowId, now


class ImportBatch(Base):
    """One imported file and what became of its rows."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the file's bytes: the same file twice is recognised."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    """Rows per outcome: new, same, merged, conflict, rejected; they sum to the file's rows."""
    source: Mapped[str] = mapped_column(String(255), default="", server_default="")
    """What its questions carry as their origin."""
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The details as gzipped csv (UTF-8 with BOM)."""
    imported_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None] = mapped_column()


class Question(Base):
    """One question of the bank."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    """short, single, multiple or judge."""
    stem: Mapped[str] = mapped_column(Text)
    options: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Option texts without letters, in bank order; empty for short and judge."""
    material: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The passage that several questions share and that this one cannot be answered without."""
    answer: Mapped[str] = mapped_column(Text)
    """single ``B``; multiple ``ACD`` (letters of ``options``, sorted); judge 正确 or 错误; short: the text;
    empty while unanswered."""
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Other wordings of a short answer that are accepted."""
    explanation: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(String(32), default="")
    difficulty: Mapped[int | None] = mapped_column()
    """1 easy to 5 hard; ``None`` when nobody has said."""
    source: Mapped[str] = mapped_column(String(255), default="")
    """Where the item came from, as shown to members: 自带题库, a file's name."""
    valid_from: Mapped[date | None] = mapped_column()
    valid_until: Mapped[date | None] = mapped_column()
    """Last day the fact is known to hold; afterwards the item answers nothing."""
    status: Mapped[str] = mapped_column(String(12), default="active", index=True)
    """active, disputed (two keys are claimed: neither is used), unanswered (no key yet) or retired."""
    fingerprint: Mapped[str] = mapped_column(String(32), unique=True)
    """Of stem, option set and material, see ``store.wording``: equal for one question however it is laid out."""
    stem_hash: Mapped[int] = mapped_column(index=True)
    """Of the stem alone: finds the candidates for a pasted question."""
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    changed_in: Mapped[int] = mapped_column(default=0, server_default="0", index=True)
    """The bank's version since which the search index must know this row anew."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class QuestionWording(Base):
    """Another way the stem of a question is asked."""

    __tablename__ = "question_wording"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    stem: Mapped[str] = mapped_column(Text)
    stem_hash: Mapped[int] = mapped_column(index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)


class QuestionSighting(Base):
    """An imported file names a question: why undoing one import leaves alone what another one holds too."""

    __tablename__ = "question_sighting"

    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    row: Mapped[int] = mapped_column()
    """First row of the file that is this question, counted from 1."""
    says: Mapped[str] = mapped_column(String(8))
    """key (the question's answer), other (a rival one) or nothing (no answer given)."""


class QuestionChange(Base):
    """A field of a question that an import or a reviewer's decision changed, so that it can be undone."""

    __tablename__ = "question_change"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"), index=True)
    """The decision that changed it; exactly one of the two is set."""
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    field: Mapped[str] = mapped_column(String(32))
    before: Mapped[Any] = mapped_column(JSON, nullable=True)
    after: Mapped[Any] = mapped_column(JSON, nullable=True)


class RivalAnswer(Base):
    """A second key claimed for a question that the bank already answers otherwise."""

    __tablename__ = "rival_answer"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    answer: Mapped[str] = mapped_column(Text)
    """As text, not letters: the rival's options may be in another order."""
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)
    row: Mapped[int | None] = mapped_column()
    """Row of the imported file, counted from 1."""
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("review_item.id", ondelete="SET NULL"), index=True)
    """The decision that turned it down: the question is not disputed any more, and the same claim does not
    dispute it again."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class BankVersion(Base):
    """One row; its number grows with every change of the bank, so that caches notice."""

    __tablename__ = "bank_version"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


event.listen(BankVersion.__table__, "after_create", DDL("INSERT INTO bank_version (id, version) VALUES (1, 0)"))
