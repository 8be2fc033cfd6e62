"""What a reader yields for a file, one item a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["short", "single", "multiple", "judge"]


class UnreadableFile(Exception):
    """Nothing can be imported from the file; the message is one Chinese sentence saying why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that reads as one question with one answer."""

    number: int
    """Counted from 1: line of a docx or jsonl, row of its sheet in an xlsx."""
    kind: Kind
    stem: str
    options: tuple[str, ...]
    answer: str
    """As ``store.models.Question.answer``: letters of ``options``, 正确 or 错误, or the text."""
    aliases: tuple[str, ...] = ()
    also_asked: tuple[str, ...] = ()
    explanation: str = ""
    category: str = ""
    difficulty: int | None = None
    valid_until: date | None = None
    sheet: str = ""
    """Name of the sheet when an xlsx has more than one; else empty."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used."""

    number: int
    reason: str
    """Chinese, for whoever mends the file."""
    excerpt: str
    """The row's text, cut to what fits a line."""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """Text that is no row at all: a title, a header, a source note. Listed, not counted as a row."""

    number: int
    excerpt: str
    sheet: str = ""


Item = Row | Rejected | Aside


def excerpt(text: str) -> str:
    """*text* on one line, at most 80 characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:79] + "…"
