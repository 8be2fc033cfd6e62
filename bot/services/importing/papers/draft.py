"""A question as it stands on the lines of a paper, before anybody judged it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.services.importing.papers.headings import SectionKind
from bot.services.importing.papers.lines import Line


@dataclass(slots=True)
class Section:
    """Questions under one heading."""

    title: str = ""
    kind: SectionKind = ""
    area: str = ""


@dataclass(slots=True)
class Passage:
    """Text and tables that several questions share."""

    lines: list[str] = field(default_factory=list[str])
    has_picture: bool = False
    last: int = 0
    """Number of the last question it is for; 0 where the paper does not say."""


@dataclass(slots=True)
class Draft:
    """One question."""

    line: int
    number: int | None
    section: Section
    passage: Passage | None = None
    stem: list[Line] = field(default_factory=list[Line])
    options: list[str] = field(default_factory=list[str])
    """Lines with options, as they stand."""
    key: list[str] = field(default_factory=list[str])
    """Lines of the key, the first without the word 答案."""
    keyed: bool = False
    """The word 答案 was met, whether or not anything stood after it."""
    explanation: list[str] = field(default_factory=list[str])
    stem_picture: bool = False
    option_picture: bool = False
    joined: bool = False
    """The key was found apart from the question and put to it by its number."""


@dataclass(slots=True)
class Region:
    """Lines with the keys of questions that stand elsewhere."""

    lines: list[Line] = field(default_factory=list[Line])
    first: int = 0
    """Index of the first draft it is for."""
    last: int = 0
    """Index behind the last one."""


@dataclass(slots=True)
class Outline:
    """A paper taken apart; every line is in one of these."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    regions: list[Region] = field(default_factory=list[Region])
    asides: list[Line] = field(default_factory=list[Line])
    numbers: int = 0
    """Lines that begin with a number that may be a question's."""
