"""What becomes of each row, decided against the bank and the rows before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from bot.services.importing.keys import answer_text, claim
from bot.services.importing.rows import Row
from bot.services.importing.texts import without_letter
from store.questions import Existing, Rival
from store.wording import fingerprint, stem_hash

Outcome = Literal["imported", "merged", "conflicting"]


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """A row with the hashes it is found by."""

    row: Row
    fingerprint: str
    stem_hash: int

    @classmethod
    def of(cls, row: Row) -> KeyedRow:
        return cls(row, fingerprint(row.stem, row.options), stem_hash(row.stem))


@dataclass(slots=True)
class Known:
    """A question that the bank or an earlier row of the file holds."""

    id: int | None
    """``None`` when this import adds it."""
    origin: str
    """Where it came from, as the report says it: ``题库 #12`` or ``本文件第 8 行``."""
    first: KeyedRow | None
    answer: str
    """In words."""
    choice: bool
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
    _accepted: set[str] | None = None

    @property
    def accepted(self) -> set[str]:
        """Claims of the answer and its aliases; worked out late, as most questions are met once."""
        if self._accepted is None:
            self._accepted = {claim(text, choice=self.choice) for text in (self.answer, *self.aliases)}
        return self._accepted


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: str
    """Chinese; empty for an imported row."""
    met: Known | None


class Ledger:
    """Judges the rows of one file in order and keeps what has to be written."""

    def __init__(self, sha256: str) -> None:
        self._sha256 = sha256
        self.known: dict[str, Known] = {}
        """By fingerprint."""

    def add_existing(self, question: Existing, hashes: set[int], rivals: list[Rival]) -> None:
        """Tell of a question that the bank already holds."""
        choice = bool(question.options)
        known = Known(
            question.id,
            f"题库 #{question.id}",
            None,
            answer_text(question.answer, question.options),
            choice,
            question.status,
            list(question.aliases),
            question.explanation,
            question.category,
            question.difficulty,
            question.valid_until,
            hashes=hashes,
        )
        for rival in rivals:
            known.rivals.setdefault(claim(rival.answer, choice=choice), (rival.sha256, rival.row))
        self.known[question.fingerprint] = known

    def judge(self, keyed: KeyedRow) -> Verdict:
        """Decide on the next row.

        A row whose answer is on record as a rival is merged, for its claim is
        known; the very row that made the record stays conflicting, so that a
        file imported twice is reported the same way.
        """
        known = self.known.get(keyed.fingerprint)
        if known is None:
            known = self.known[keyed.fingerprint] = _new(keyed)
            _add_wordings(known, keyed.row)
            return Verdict("imported", "", None)
        row = keyed.row
        text = answer_text(row.answer, row.options)
        claimed = claim(text, choice=known.choice)
        claims = {claimed, *(claim(alias, choice=known.choice) for alias in row.aliases)}
        if claimed in known.accepted or claim(known.answer, choice=known.choice) in claims:
            _enrich(known, row)
            return Verdict("merged", "同一道题，答案相同", known)
        if claimed not in known.rivals:
            known.rivals[claimed] = (self._sha256, row.number)
            known.new_rivals.append((text, row.number))
            return Verdict("conflicting", "同一道题，答案不同；两个答案都先不用，等人工裁定", known)
        if known.rivals[claimed] == (self._sha256, row.number):
            return Verdict("conflicting", "同一道题，答案不同；上次导入时已记下", known)
        return Verdict("merged", "同一道题有争议，这个答案已经记下", known)


def _new(keyed: KeyedRow) -> Known:
    row = keyed.row
    place = f"{row.sheet} 第 {row.number} 行" if row.sheet else f"第 {row.number} 行"
    return Known(
        None,
        f"本文件{place}",
        keyed,
        answer_text(row.answer, row.options),
        bool(row.options),
        "active",
        list(row.aliases),
        row.explanation,
        row.category,
        row.difficulty,
        row.valid_until,
        hashes={keyed.stem_hash},
    )


def _enrich(known: Known, row: Row) -> None:
    """Fill what *known* lacks from a row that agrees with it; nothing is overwritten."""
    _add_wordings(known, row)
    for column in ("explanation", "category", "difficulty", "valid_until"):
        value = getattr(row, column)
        if value and not getattr(known, column):
            setattr(known, column, value)
            known.changed[column] = value
    if row.kind != "short":
        return
    bare = [row.answer] if without_letter(row.answer) == row.answer else []
    for alias in (*bare, *row.aliases):
        claimed = claim(alias, choice=False)
        if claimed not in known.accepted:
            known.accepted.add(claimed)
            known.aliases = [*known.aliases, alias]
            known.changed["aliases"] = known.aliases


def _add_wordings(known: Known, row: Row) -> None:
    for wording in row.also_asked:
        hashed = stem_hash(wording)
        if hashed not in known.hashes:
            known.hashes.add(hashed)
            known.new_wordings[hashed] = wording
