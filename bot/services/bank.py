"""The question bank as the answer engine asks it: one question in, a hit or the reason why not."""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from loguru import logger
from rapidfuzz import fuzz
from sqlalchemy.exc import SQLAlchemyError

from bot.services.matching.meaning import Meaning
from bot.services.matching.stems import WORTH_A_LOOK
from bot.services.matching.verifier import Comparison, Hit, compare, exact_hit, only_points_at_options
from bot.services.reading import LETTERS, Reading
from store import bank as bank_store
from store.bank import BankItem
from store.db import Sessions
from store.search import Found, IndexKeeper
from store.wording import normal_form, option_form, option_set, stem_hash

__all__ = ["Bank", "Hit", "Miss"]

_CACHED_STEMS = 4096
_CACHED_ITEMS = 2048
_INDEXED_AT_ONCE = 20_000
"""Stems up to which nobody notices the wait; a larger index is made beside the work."""
_READ, _READ_BY_OPTIONS = 7, 3
"""Of these, those that are read from the database and compared with care."""
_CANDIDATES = 8
"""Items that the index proposes, for the stem alone and for stem and options."""
_CLOSEST = 0.85
"""Share of the best likeness below which a question is read only when no closer one is the very same."""
_RESEMBLES = 0.55
"""Score from which on an item is shown as 相近题 or given to the model."""

Reason = Literal["not_in_bank", "needs_options", "disputed", "expired", "unanswered", "other_options", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Miss:
    """No usable item; ``reason`` says why."""

    reason: Reason
    near: tuple[BankItem, ...] = ()
    """Items that resemble the question, most alike first."""


class Bank:
    """Finds items by stem: a sorted array of hashes first, the database only for a stem it holds."""

    def __init__(self, sessions: Sessions, index: IndexKeeper | None = None, meaning: Meaning | None = None) -> None:
        """Without *index* only questions asked word for word are found; *meaning* orders what is only near."""
        self._sessions = sessions
        self._meaning = meaning
        self._index = index
        self._entries: OrderedDict[int, tuple[BankItem, tuple[str, ...]]] = OrderedDict()
        """Items that the index lately proposed, with their other wordings."""
        self._hashes: array[int] = array("q")
        self._reworded: frozenset[int] = frozenset()
        self._version = -1
        self._size = 0
        self._indexing: set[asyncio.Task[None]] = set()
        self._found: OrderedDict[int, Sequence[BankItem]] = OrderedDict()
        """Items lately asked for; all of them when the bank is small."""

    @property
    def size(self) -> int:
        """Questions that can answer."""
        return self._size

    async def refresh(self) -> bool:
        """Reload the hashes if another process or import changed the bank; whether it had."""
        async with self._sessions() as session:
            version = await bank_store.version(session)
            if version == self._version:
                return False
            self._hashes = await bank_store.stem_hashes(session)
            self._size = await bank_store.size(session)
            fits = len(self._hashes) <= _CACHED_STEMS
            found = await bank_store.by_stem(session) if fits else {}
            self._reworded = await bank_store.reworded(session)
        self._found = OrderedDict(found)
        self._entries.clear()
        self._version = version
        if self._index is not None:
            indexing = asyncio.create_task(self._bring_index_up(self._index))
            self._indexing.add(indexing)
            indexing.add_done_callback(self._indexing.discard)
            if len(self._hashes) <= _INDEXED_AT_ONCE:
                await indexing
        return True

    @staticmethod
    async def _bring_index_up(index: IndexKeeper) -> None:
        """A failing index costs the near matches, not the bank."""
        try:
            await index.catch_up()
        except (SQLAlchemyError, OSError, ValueError) as error:
            logger.warning("search index could not be brought up to date: {}", error)

    async def watch(self, every_s: float) -> None:
        """Refresh every *every_s* seconds until cancelled; a failing database is logged and retried."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.refresh()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("bank could not be refreshed: {}", type(error).__name__)

    async def find(self, reading: Reading, *, today: date) -> Hit | Miss:
        """The item that answers *reading* beyond doubt, or why there is none.

        First what is asked word for word, then what the index proposes; an item
        is accepted only when nothing that can change the answer differs.
        """
        misses: list[Miss] = []
        for stem in reading.stems:
            key = stem_hash(stem)
            items = await self._candidates(key)
            if items:
                found = _choose_exact(reading, key, items, today)
                if isinstance(found, Hit):
                    return found
                misses.append(found)
        if misses and misses[0].reason not in ("other_options", "needs_options"):
            return misses[0]
        near = await self._near(reading, today)
        if isinstance(near, Hit):
            return near
        if self._meaning is not None and reading.stems:
            near = Miss(near.reason, await self._meaning.rank(reading.stems[-1], near.near))
        if misses:
            return Miss(misses[0].reason, _without_repeats((*misses[0].near, *near.near)))
        return near

    async def _near(self, reading: Reading, today: date) -> Hit | Miss:
        closest, others = self._proposed(reading)
        compared = [compare(reading, *entry) for entry in await self._read(closest)]
        if not any(one.hit is not None and one.whole for one in compared):
            compared += [compare(reading, *entry) for entry in await self._read(others)]
        compared.sort(key=lambda one: (one.hit is not None, one.whole, one.score), reverse=True)
        alike = tuple(one.item for one in compared if one.score >= _RESEMBLES)
        hits = [one for one in compared if one.hit is not None]
        if any(one.whole for one in hits):
            hits = [one for one in hits if one.whole]
        if not hits:
            asks_more = any(one.why_not == "needs_options" and one.score >= _RESEMBLES for one in compared[:1])
            asks_more = asks_more or (not reading.options and only_points_at_options(reading.stems))
            return Miss("needs_options" if asks_more else "not_in_bank", alike)
        return _settle(hits, alike, today)

    def _proposed(self, reading: Reading) -> tuple[list[int], list[int]]:
        """Ids worth comparing: those whose stem is about as asked, then others that are of use without them."""
        if self._index is None or not reading.stems:
            return [], []
        found = self._index.find(reading.stems[-1], _CANDIDATES)
        # Many questions share a stem such as 选择正确的词形: only their options tell which is meant.
        by_options: list[Found] = []
        if reading.options:
            by_options = self._index.find(" ".join((reading.stems[-1], *reading.options)), _CANDIDATES)
        elif len(reading.stems) > 1:
            found += self._index.find(reading.stems[0], _CANDIDATES)
        likeness = _likenesses((*by_options, *found), reading)
        best = _most_alike({one.id for one in by_options}, likeness)[:_READ_BY_OPTIONS]
        ids = list(dict.fromkeys((*best, *_most_alike(likeness, likeness))))[:_READ]
        least = max((likeness[number] for number in ids), default=0.0) * _CLOSEST
        return [n for n in ids if likeness[n] >= least], [n for n in ids if likeness[n] < least]

    async def _read(self, ids: Sequence[int]) -> list[tuple[BankItem, tuple[str, ...]]]:
        lacking = [number for number in ids if number not in self._entries]
        if lacking:
            async with self._sessions() as session:
                self._entries.update(
                    {entry[0].id: entry for entry in await bank_store.by_ids(session, lacking, reworded=self._reworded)}
                )
        entries = [self._entries[number] for number in ids if number in self._entries]
        while len(self._entries) > _CACHED_ITEMS:
            self._entries.popitem(last=False)
        return entries

    async def _candidates(self, key: int) -> Sequence[BankItem]:
        place = bisect_left(self._hashes, key)
        if place == len(self._hashes) or self._hashes[place] != key:
            return ()
        if (known := self._found.get(key)) is not None:
            self._found.move_to_end(key)
            return known
        async with self._sessions() as session:
            items = await bank_store.candidates(session, key)
        self._found[key] = items
        if len(self._found) > _CACHED_STEMS:
            self._found.popitem(last=False)
        return items


def _likenesses(found: Iterable[Found], reading: Reading) -> dict[int, float]:
    """How much each proposed question resembles what is asked, in the order of the index; the unlike left out."""
    asked = list(dict.fromkeys(normal_form(stem) for stem in (reading.stems[0], reading.stems[-1])))
    proposed = {one.id: one.stems for one in found}
    likeness = {
        number: max(_likeness(form, stem) for form in asked for stem in stems) for number, stems in proposed.items()
    }
    return {number: score for number, score in likeness.items() if score}


def _most_alike(ids: Collection[int], likeness: Mapping[int, float]) -> list[int]:
    """*ids*, most alike first; equally like ones in the order of the index, which has seen the options too."""
    return sorted((number for number in likeness if number in ids), key=lambda number: -likeness[number])


def _likeness(form: str, stem: str) -> float:
    """Per cent; 0 for what the verifier would not look at. A short stem inside a long question is not yet like it."""
    part = fuzz.partial_ratio(form, stem, score_cutoff=WORTH_A_LOOK)
    return part + fuzz.ratio(form, stem) if part else 0.0


def _choose_exact(reading: Reading, key: int, items: Sequence[BankItem], today: date) -> Hit | Miss:
    near = tuple(items)
    hits = [hit for item in items if (hit := exact_hit(reading, item, alias=item.stem_hash != key)) is not None]
    if not hits:
        return Miss("other_options" if reading.options else "needs_options", near)
    return _settle([Comparison(hit.item, 1.0, hit, whole=True) for hit in hits], near, today)


def _settle(found: Sequence[Comparison], near: tuple[BankItem, ...], today: date) -> Hit | Miss:
    """The one hit among *found* that may answer, or why none may."""
    hits = [one.hit for one in found if one.hit is not None]
    if any(hit.item.status == "disputed" for hit in hits):
        return Miss("disputed", near)
    answered = [hit for hit in hits if hit.item.status == "active"]
    if not answered:
        return Miss("unanswered", near)
    current = [hit for hit in answered if hit.item.holds_on(today)]
    if not current:
        return Miss("expired", near)
    if len({_answer_form(hit) for hit in current}) > 1:
        # Items that fit alike and answer differently: options would tell them apart.
        return Miss("ambiguous" if current[0].options and current[0].match == "near" else "needs_options", near)
    return current[0]


def _answer_form(hit: Hit) -> tuple[str, ...]:
    """What the hit says in the end, comparable between items."""
    if not hit.letters:
        return (option_form(hit.item.answer),)
    return option_set(hit.options[LETTERS.index(letter)] for letter in hit.letters)


def _without_repeats(items: Sequence[BankItem]) -> tuple[BankItem, ...]:
    return tuple({item.id: item for item in items}.values())
