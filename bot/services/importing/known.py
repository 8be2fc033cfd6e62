"""A question that the bank or an earlier row of the file holds, as an import sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from bot.services.importing.keyed_row import KeyedRow
from bot.services.importing.keys import LETTERS, answer_text, claim
from bot.services.importing.report import Outcome
from store.questions import Existing, Rival
from store.wording import option_form

Says = Literal["key", "other", "nothing"]


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str
    """Chinese; empty for a new row."""
    met: Known | None


@dataclass(slots=True)
class Known:
    id: int | None
    """``None`` when this import adds it."""
    origin: str
    """Where it came from, as the report says it: ``题库 #12`` or ``本文件第 8 行``."""
    first: KeyedRow | None
    options: Sequence[str]
    answer: str
    """In words; empty while nobody gave one."""
    status: str
    aliases: list[str]
    explanation: str
    category: str
    difficulty: int | None
    valid_until: date | None
    rivals: dict[str, tuple[str | None, int | None]] = field(default_factory=dict[str, tuple[str | None, int | None]])
    """Other claims, each with the sha256 and row of the file that made it first."""
    new_rivals: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Answer in words and row."""
    hashes: set[int] = field(default_factory=set[int])
    """Of the stem and the other wordings."""
    new_wordings: dict[int, str] = field(default_factory=dict[int, str])
    changed: dict[str, Any] = field(default_factory=dict[str, Any])
    """Columns that a merged row filled in."""
    before: dict[str, Any] = field(default_factory=dict[str, Any])
    """The columns as the bank held them."""
    seen: tuple[int, Says] | None = None
    """First row of this file that is this question, and what it says."""
    _accepted: set[str] | None = None

    @classmethod
    def new(cls, keyed: KeyedRow) -> Known:
        row = keyed.row
        place = f"{row.sheet} 第 {row.number} 行" if row.sheet else f"第 {row.number} 行"
        return cls(
            None,
            f"本文件{place}",
            keyed,
            row.options,
            answer_text(row.answer, row.options),
            "active",
            list(row.aliases),
            row.explanation,
            row.category,
            row.difficulty,
            row.valid_until,
            hashes={keyed.stem_hash},
        )

    @classmethod
    def existing(cls, question: Existing, hashes: set[int], rivals: Sequence[Rival]) -> Known:
        known = cls(
            question.id,
            f"题库 #{question.id}",
            None,
            question.options,
            answer_text(question.answer, question.options),
            question.status,
            list(question.aliases),
            question.explanation,
            question.category,
            question.difficulty,
            question.valid_until,
            hashes=hashes,
            before={
                "answer": question.answer,
                "kind": question.kind,
                "status": question.status,
                "aliases": list(question.aliases),
                "explanation": question.explanation,
                "category": question.category,
                "difficulty": question.difficulty,
                "valid_until": question.valid_until and question.valid_until.isoformat(),
            },
        )
        for rival in rivals:
            known.rivals.setdefault(claim(rival.answer, choice=known.choice), (rival.sha256, rival.row))
        return known

    @property
    def choice(self) -> bool:
        return bool(self.options)

    @property
    def accepted(self) -> set[str]:
        """Claims of the answer and its aliases; worked out late, as most questions are met once."""
        if self._accepted is None:
            self._accepted = {claim(text, choice=self.choice) for text in (self.answer, *self.aliases)}
        return self._accepted

    @property
    def touched(self) -> bool:
        """There is something to write besides the question itself."""
        return bool(self.new_wordings or self.new_rivals or (self.first is None and self.changed))

    def forget_accepted(self) -> None:
        self._accepted = None

    def see(self, row: int, says: Says) -> None:
        """Note a row of this file; the first that gives an answer counts."""
        if self.seen is None or (self.seen[1] == "nothing" and says != "nothing"):
            self.seen = (row, says)


def letters_of(text: str, options: Sequence[str]) -> str:
    """Letters of *options* that an answer in words (see :func:`answer_text`) names, sorted."""
    forms = {option_form(part) for part in text.split("；")}
    whole = option_form(text)
    return "".join(
        LETTERS[at] for at, option in enumerate(options) if option_form(option) in forms or option_form(option) == whole
    )
