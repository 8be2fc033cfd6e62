"""Near duplicates: questions of the bank or the file that say the same in other words."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from bot.services.importing.keyed_row import KeyedRow
from bot.services.importing.keys import answer_text, claim
from bot.services.importing.known import Known
from bot.services.importing.rows import Row
from bot.services.matching.verifier import compare
from bot.services.reading import Reading
from store.bank import BankItem
from store.questions import Existing
from store.search import QuestionIndex
from store.wording import normal_form

_CANDIDATES = 5
_ALIKE = 80
"""Per cent of the wording that must be shared before the careful comparison is worth its time."""


class Neighbours:
    """Looks among the rows of one file and among the items that the bank's index proposed for them."""

    def __init__(self, rows: Sequence[KeyedRow]) -> None:
        self._rows = rows
        self._places = {id(keyed): at for at, keyed in enumerate(rows)}
        self._index = QuestionIndex()
        self._proposed: dict[int, list[int]] = {}
        self._bank: dict[int, Existing] = {}
        with self._index.batch(fresh=True) as batch:
            batch.put((at, [keyed.row.stem], keyed.row.options) for at, keyed in enumerate(rows))

    def propose(self, keyed: KeyedRow, ids: Sequence[int]) -> None:
        """Tell which questions of the bank may be *keyed*."""
        self._proposed[id(keyed)] = list(ids)

    def proposed_ids(self) -> set[int]:
        """All questions of the bank that were proposed."""
        return {number for numbers in self._proposed.values() for number in numbers}

    def tell(self, found: Sequence[Existing]) -> None:
        """Tell what the proposed questions are."""
        self._bank = {question.id: question for question in found}

    def same_as(self, keyed: KeyedRow, known: dict[str, Known]) -> Known | None:
        """The known question that *keyed* repeats with nothing but misspellings and empty words changed."""
        form = normal_form(keyed.row.stem)
        for number in self._proposed.get(id(keyed), ()):
            question = self._bank.get(number)
            if question is None or question.material != keyed.row.material:
                continue
            item = _item_of_existing(question)
            if _alike(form, item.stem) and _same(keyed.row, item, known.get(question.fingerprint)):
                return known.get(question.fingerprint)
        here = self._places[id(keyed)]
        for place in (one.id for one in self._index.find(_text(keyed.row), _CANDIDATES)):
            other = self._rows[place]
            # Later rows will look back at this one.
            if place >= here or other.row.material != keyed.row.material:
                continue
            if _alike(form, other.row.stem) and _same(keyed.row, _item_of_row(other), known.get(other.fingerprint)):
                return known.get(other.fingerprint)
        return None


def _text(row: Row) -> str:
    return " ".join((row.stem, *row.options))


def _alike(form: str, stem: str) -> bool:
    return fuzz.ratio(form, normal_form(stem), score_cutoff=_ALIKE) > 0


def _same(row: Row, item: BankItem, known: Known | None) -> bool:
    if bool(row.options) != bool(item.options) or (row.kind == "judge") != (item.kind == "judge"):
        return False
    compared = compare(Reading((row.stem,), row.options, row.kind == "judge"), item)
    if known is None or compared.hit is None or not compared.whole:
        return False
    # What may be a misspelling may be another word as well: then the answers must agree.
    return not compared.misspelt or claim(answer_text(row.answer, row.options), choice=known.choice) in known.accepted


def _item_of_existing(question: Existing) -> BankItem:
    return _item(question.id, question.kind, question.stem, tuple(question.options), question.answer)


def _item_of_row(keyed: KeyedRow) -> BankItem:
    row = keyed.row
    return _item(0, row.kind, row.stem, row.options, row.answer)


def _item(number: int, kind: str, stem: str, options: tuple[str, ...], answer: str) -> BankItem:
    return BankItem(
        id=number,
        kind=kind,
        stem=stem,
        options=options,
        material="",
        answer=answer,
        aliases=(),
        explanation="",
        category="",
        source="",
        valid_until=None,
        status="active",
        stem_hash=0,
    )
