"""Questions that are nearly the same: candidates by shared rare pieces of text, then compared one by one."""

from __future__ import annotations

import re
from array import array
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import combinations, groupby
from zlib import crc32

from rapidfuzz import fuzz

from bot.services.importing.keys import answer_text, claim
from bot.services.lint.options import Forms
from bot.services.lint.report import LintReport
from bot.services.matching.lexicon import canonical
from bot.services.matching.options import pair_options, telling
from bot.services.matching.stems import Company, stem_fit
from store import bank_reading
from store.bank_reading import Entry
from store.db import Sessions

MAX_PAIRS = 300_000
_PIECE = 3
"""Characters of a piece."""
_KEYS = 8
"""Pieces kept of a question: those with the smallest hashes, the same ones in nearly the same texts."""
_SHARED = 3
"""Of them that two questions must share."""
_CROWD = 40
"""A piece of more questions than this is common phrasing and says nothing."""
_PARTS = 64
"""The pieces are sorted in as many parts, so that a list of all is never made."""
_BATCH = 500
_LEAST = 80.0
"""Likeness in per cent below which nothing is compared further."""
_TWIN = 95.0
_NUMBERS = re.compile(r"\d+|[〇零一二三四五六七八九十百千万亿两]+|[不非未无没]")


class Neighbours:
    """Remembers 104 bytes of each question that goes by."""

    def __init__(self) -> None:
        self._ids: array[int] = array("q")
        self._sketches: array[int] = array("I")
        self._parts: list[array[int]] = [array("Q") for _ in range(_PARTS)]

    def see(self, entry: Entry, forms: Forms) -> None:
        text = "".join((forms.stem, *sorted(forms.options))).encode("utf-16-le")
        # Within a category only: its name goes into every hash.
        category = crc32(entry.category.encode())
        pieces = {crc32(text[at : at + 2 * _PIECE], category) for at in range(0, len(text) - 2 * _PIECE + 1, 2)}
        keys = sorted(pieces)[:_KEYS]
        row = len(self._ids)
        self._ids.append(entry.id)
        self._sketches.extend(keys + [0] * (_KEYS - len(keys)))
        for key in keys:
            self._parts[key * _PARTS >> 32].append(key << 32 | row)

    async def tell(self, sessions: Sessions, report: LintReport) -> None:
        """Add nearly equal questions to *report*."""
        pairs = self._pairs()
        if len(pairs) > MAX_PAIRS:
            pairs = pairs[:MAX_PAIRS]
            report.notes.append(f"相近的题太多，只比较了前 {MAX_PAIRS} 对；按 --category 分开查会更全")
        async for one, other in self._fetched(sessions, pairs):
            _compare(report, one, other)

    def _pairs(self) -> list[tuple[int, int]]:
        """Ids of candidates, smaller first; one more than :data:`MAX_PAIRS` at most."""
        found: set[tuple[int, int]] = set()
        for part in self._parts:
            for rows in _crowds(part):
                for one, other in combinations(rows, 2):
                    if self._shared(one, other) >= _SHARED:
                        found.add((self._ids[one], self._ids[other]))
                if len(found) > MAX_PAIRS:
                    return sorted(found)[: MAX_PAIRS + 1]
        return sorted(found)

    def _shared(self, one: int, other: int) -> int:
        mine = self._sketches[one * _KEYS : (one + 1) * _KEYS]
        theirs = self._sketches[other * _KEYS : (other + 1) * _KEYS]
        return len({key for key in mine if key}.intersection(theirs))

    async def _fetched(
        self, sessions: Sessions, pairs: Sequence[tuple[int, int]]
    ) -> AsyncGenerator[tuple[Entry, Entry]]:
        for start in range(0, len(pairs), _BATCH):
            batch = pairs[start : start + _BATCH]
            wanted = {number for pair in batch for number in pair}
            known = {entry.id: entry async for part in bank_reading.chosen(sessions, wanted) for entry in part}
            for one, other in batch:
                if one in known and other in known:
                    yield known[one], known[other]


def _crowds(part: array[int]) -> Iterator[list[int]]:
    """Rows that share a piece, several but not too many."""
    for _, same in groupby(sorted(part), key=lambda packed: packed >> 32):
        rows = [packed & 0xFFFFFFFF for packed in same]
        if 2 <= len(rows) <= _CROWD:
            yield rows


def _compare(report: LintReport, one: Entry, other: Entry) -> None:
    if one.material != other.material or (one.kind == "judge") != (other.kind == "judge"):
        return
    mine, theirs = Forms.of(one), Forms.of(other)
    texts = ["".join((forms.stem, *sorted(forms.options))) for forms in (mine, theirs)]
    likeness = fuzz.ratio(texts[0], texts[1], score_cutoff=_LEAST)
    if not likeness:
        return
    same_answer = _claim(one) == _claim(other)
    numbers = [sorted(_NUMBERS.findall(text)) for text in texts]
    if same_answer and likeness >= _TWIN and numbers[0] == numbers[1]:
        report.add("near-duplicate", one.id, other.id, detail=one.stem[:30])
    elif _same_question(one, other, mine, theirs):
        code = "near-duplicate" if same_answer else "near-other-answer"
        report.add(code, one.id, other.id, detail=one.stem[:30])


def _same_question(one: Entry, other: Entry, mine: Forms, theirs: Forms) -> bool:
    """Whether the bot would take one for the other."""
    if bool(one.options) != bool(other.options):
        return False
    company: Company = "statement" if one.kind == "judge" else "alone"
    if one.options:
        if pair_options(one.options, other.options) is None:
            return False
        company = "options" if telling(one.options) else "alone"
    return stem_fit(canonical(mine.stem), canonical(theirs.stem), company).same


def _claim(entry: Entry) -> str:
    return claim(answer_text(entry.answer, entry.options), choice=bool(entry.options))
