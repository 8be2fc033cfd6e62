"""What a reader yields for a file, one item a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["short", "single", "multiple", "judge"]


class UnreadableFile(Exception):
    """Nothing can be imported from the file; the message is one Chinese sentence saying why."""


class PictureFile(UnreadableFile):
    """The file is a picture: its text has to be recognised before there is anything to read."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that reads as one question with one answer, or as one whose answer the file does not give."""

    number: int
    """Counted from 1: line of a docx or jsonl, row of its sheet in an xlsx."""
    kind: Kind
    stem: str
    options: tuple[str, ...]
    answer: str
    """As ``store.models.Question.answer``: letters of ``options``, 正确 or 错误, or the text; empty without a key."""
    aliases: tuple[str, ...] = ()
    also_asked: tuple[str, ...] = ()
    explanation: str = ""
    category: str = ""
    difficulty: int | None = None
    valid_until: date | None = None
    material: str = ""
    """The passage or table that several questions share and that this one cannot be answered without."""
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


@dataclass(frozen=True, slots=True)
class Layout:
    """How the reader understood the file (or one sheet), for the person to confirm; comes before its rows."""

    text: str
    """One Chinese line: ``题干在 B 列，选项在 C 到 F 列，答案在 G 列``."""
    guessed: bool
    """Recognised by content rather than by a header: worth a look."""
    sheet: str = ""


Item = Row | Rejected | Aside | Layout
