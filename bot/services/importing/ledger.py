"""What becomes of each row, decided against the bank and the rows before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from bot.services.importing.keyed_row import KeyedRow
from bot.services.importing.keys import answer_text, claim
from bot.services.importing.known import Known, Verdict, letters_of
from bot.services.importing.rows import Row
from bot.services.importing.texts import without_letter
from store.wording import stem_hash


class Neighbours(Protocol):
    """Finds questions that are worded differently and are the same all the same."""

    def same_as(self, keyed: KeyedRow, known: dict[str, Known]) -> Known | None: ...


class Ledger:
    """Judges the rows of one file in order and keeps what has to be written."""

    def __init__(self, sha256: str, neighbours: Neighbours | None = None) -> None:
        self._sha256 = sha256
        self._neighbours = neighbours
        self.known: dict[str, Known] = {}
        """By fingerprint; a question met under several wordings stands here under each."""

    def judge(self, keyed: KeyedRow) -> Verdict:
        """Decide on the next row.

        A row whose answer is on record as a rival is the same, for its claim is
        known; the very row that made the record stays a conflict, so that a
        file imported twice is reported the same way.
        """
        known = self.known.get(keyed.fingerprint)
        if known is None and self._neighbours and (near := self._neighbours.same_as(keyed, self.known)):
            known = self.known[keyed.fingerprint] = near
        if known is None:
            known = self.known[keyed.fingerprint] = Known.new(keyed)
            _add_wordings(known, keyed.row)
            known.see(keyed.row.number, "key" if keyed.row.answer else "nothing")
            return Verdict("new", "", None)
        row = keyed.row
        if keyed.stem_hash not in known.hashes:
            row = replace(row, also_asked=(row.stem, *row.also_asked))
        return self._meet(known, row)

    def _meet(self, known: Known, row: Row) -> Verdict:
        if not row.answer:
            known.see(row.number, "nothing")
            return _met("没有答案，题库里有同一道题", known, changed=_enrich(known, row))
        text = answer_text(row.answer, row.options)
        if not known.answer:
            known.see(row.number, "key")
            _give_key(known, row, text)
            _enrich(known, row)
            return Verdict("merged", "题库里的同一道题原来没有答案，这次补上了", known)
        claimed = claim(text, choice=known.choice)
        claims = {claimed, *(claim(alias, choice=known.choice) for alias in row.aliases)}
        if claimed in known.accepted or claim(known.answer, choice=known.choice) in claims:
            known.see(row.number, "key")
            return _met("同一道题，答案相同", known, changed=_enrich(known, row))
        known.see(row.number, "other")
        if claimed not in known.rivals:
            known.rivals[claimed] = (self._sha256, row.number)
            known.new_rivals.append((text, row.number))
            return Verdict("conflict", "同一道题，答案不同；两个答案都先不用，等人工裁定", known)
        if known.rivals[claimed] == (self._sha256, row.number):
            return Verdict("conflict", "同一道题，答案不同；上次导入时已记下", known)
        return Verdict("same", "同一道题有争议，这个答案已经记下", known)


def _met(reason: str, known: Known, *, changed: bool) -> Verdict:
    return Verdict("merged", f"{reason}，补充了内容", known) if changed else Verdict("same", reason, known)


def _give_key(known: Known, row: Row, text: str) -> None:
    known.answer = text
    known.forget_accepted()
    if known.first is not None:
        letters = letters_of(text, known.first.row.options) if known.choice else row.answer
        known.first = replace(known.first, row=replace(known.first.row, answer=letters, kind=row.kind))
        return
    known.changed["answer"] = letters_of(text, known.options) if known.choice else row.answer
    known.changed["kind"] = row.kind
    if known.status == "unanswered":
        known.changed["status"] = "active"


def _enrich(known: Known, row: Row) -> bool:
    """Fill what *known* lacks from a row that agrees with it, overwriting nothing; whether there was something."""
    added = _add_wordings(known, row)
    for column in ("explanation", "category", "difficulty", "valid_until"):
        value = getattr(row, column)
        if value and not getattr(known, column):
            setattr(known, column, value)
            known.changed[column] = value
            added = True
    if row.kind != "short" or not row.answer:
        return added
    bare = [row.answer] if without_letter(row.answer) == row.answer else []
    for alias in (*bare, *row.aliases):
        claimed = claim(alias, choice=False)
        if claimed not in known.accepted:
            known.accepted.add(claimed)
            known.aliases = [*known.aliases, alias]
            known.changed["aliases"] = known.aliases
            added = True
    return added


def _add_wordings(known: Known, row: Row) -> bool:
    added = False
    for wording in row.also_asked:
        hashed = stem_hash(wording)
        if hashed not in known.hashes:
            known.hashes.add(hashed)
            known.new_wordings[hashed] = wording
            added = True
    return added
