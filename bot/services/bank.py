"""The question bank as the answer engine asks it: one question in, a hit or the reason why not."""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.reading import LETTERS, Reading, truth_letter
from store import bank as bank_store
from store.bank import BankItem
from store.db import Sessions
from store.wording import normal_form, option_form, option_set, stem_hash

_CACHED_STEMS = 4096
# A stem that only points at its options says nothing without them.
_POINTS_AT_OPTIONS = ("下列", "以下", "选项", "下面")


@dataclass(frozen=True, slots=True)
class Hit:
    """The bank knows this very question."""

    item: BankItem
    match: Literal["exact", "alias", "short_key"]
    letters: str
    """Key in the asker's letters when options were pasted, else in the bank's; empty for short and judge."""
    options: tuple[str, ...]
    """The options the letters speak of."""


@dataclass(frozen=True, slots=True)
class Miss:
    """No usable item; ``reason`` says why, ``near`` are items with the same stem."""

    reason: Literal["not_in_bank", "needs_options", "disputed", "expired", "other_options"]
    near: tuple[BankItem, ...] = ()


class Bank:
    """Finds items by stem: a sorted array of hashes first, the database only for a stem it holds."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._hashes: array[int] = array("q")
        self._version = -1
        self._size = 0
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
        self._found = OrderedDict(found)
        self._version = version
        return True

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

        An item is accepted only when stem and option set are the same after
        normalisation, or when a short-answer item's one answer is among the options.
        """
        misses: list[Miss] = []
        for stem in reading.stems:
            items = await self._candidates(stem_hash(stem))
            if items:
                found = _choose(reading, stem, items, today)
                if isinstance(found, Hit):
                    return found
                misses.append(found)
        return misses[0] if misses else Miss("not_in_bank")

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


def _choose(reading: Reading, stem: str, items: Sequence[BankItem], today: date) -> Hit | Miss:
    hits = [hit for item in items if (hit := _fit(reading, stem, item)) is not None]
    near = tuple(items)
    if not hits:
        return Miss("other_options" if reading.options else "needs_options", near)
    if any(hit.item.status == "disputed" for hit in hits):
        return Miss("disputed", near)
    current = [hit for hit in hits if hit.item.holds_on(today)]
    if not current:
        return Miss("expired", near)
    if len({_answer_form(hit) for hit in current}) > 1:
        # Several items fit only when no options were given: they would tell them apart.
        return Miss("needs_options", near)
    return current[0]


def _answer_form(hit: Hit) -> tuple[str, ...]:
    """What the hit says in the end, comparable between items."""
    if not hit.letters:
        return (option_form(hit.item.answer),)
    return option_set(hit.options[LETTERS.index(letter)] for letter in hit.letters)


def _fit(reading: Reading, stem: str, item: BankItem) -> Hit | None:
    match = "exact" if stem_hash(stem) == item.stem_hash else "alias"
    if item.kind == "judge":
        if not reading.options:
            return Hit(item, match, "", ())
        letter = truth_letter(reading.options, true=item.answer == "正确")
        return Hit(item, match, letter, reading.options) if letter else None
    if not item.options:
        return _fit_short(reading, item, match)
    if not reading.options:
        pointing = any(word in item.stem for word in _POINTS_AT_OPTIONS) and len(normal_form(item.stem)) < 12
        return None if pointing else Hit(item, match, item.answer, item.options)
    if option_set(reading.options) != option_set(item.options):
        return None
    keys = {option_form(item.options[LETTERS.index(letter)]) for letter in item.answer}
    letters = "".join(LETTERS[i] for i, option in enumerate(reading.options) if option_form(option) in keys)
    return Hit(item, match, letters, reading.options) if len(letters) == len(item.answer) else None


def _fit_short(reading: Reading, item: BankItem, match: Literal["exact", "alias"]) -> Hit | None:
    if not reading.options:
        return Hit(item, match, "", ())
    accepted = {option_form(answer) for answer in (item.answer, *item.aliases)}
    fitting = [i for i, option in enumerate(reading.options) if option_form(option) in accepted]
    return Hit(item, "short_key", LETTERS[fitting[0]], reading.options) if len(fitting) == 1 else None
