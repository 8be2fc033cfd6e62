"""Keeping a search index in step with the bank, whoever changes it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from loguru import logger

from store import bank
from store.db import Sessions
from store.search.index import Found, QuestionIndex
from store.search.rows import Texts, changed_since, entries

_FORMAT = 2
"""Raised when the index would be built differently: old ones are then made again."""
_STATE = "current.json"
_CHANGED_SHARE, _CHANGED_AT_ONCE = 0.5, 1000
"""From this share of changed questions, and this many, a new index is cheaper than mending the old one."""

Progress = Callable[[int, int], None]
"""Told how many questions of how many are indexed."""


@dataclass(frozen=True, slots=True)
class _State:
    generation: str
    """Name of the folder that holds the index."""
    bank: str
    version: int
    format: int = _FORMAT


class IndexKeeper:
    """An index on disk (or in memory) that follows the database; the database stays the truth."""

    def __init__(self, sessions: Sessions, folder: Path | None, *, bank_name: str = "") -> None:
        """*folder* may be shared by processes; *bank_name* tells databases apart that take turns with it."""
        self._sessions = sessions
        self._folder = folder
        self._bank = bank_name
        self._index: QuestionIndex | None = None
        self._state = _State("", bank_name, -1)
        self._busy = asyncio.Lock()

    @property
    def size(self) -> int:
        """Questions that can be found; 0 while the first index is being made."""
        return self._index.size if self._index else 0

    def find(self, text: str, most: int = 10) -> list[Found]:
        """See :meth:`QuestionIndex.find`; nothing while there is no index yet."""
        return self._index.find(text, most) if self._index else []

    def counts(self, grams: Iterable[str]) -> dict[str, int]:
        """See :meth:`QuestionIndex.counts`; nothing while there is no index yet."""
        return self._index.counts(grams) if self._index else {}

    async def catch_up(self, progress: Progress | None = None, *, anew: bool = False) -> None:
        """Bring the index to the bank's present version, from scratch when *anew* or when it cannot be trusted.

        Raises:
            OSError: the folder cannot be written.
        """
        async with self._busy:
            opened = self._index is None
            async with self._sessions() as session:
                version = await bank.version(session)
            if self._folder is not None:
                self._reopen()
            if self._index is None or anew or not await self._mend(self._index, version, doubtful=opened):
                await self._rebuild(version, progress)

    async def _mend(self, index: QuestionIndex, version: int, *, doubtful: bool) -> bool:
        """Put what changed into the index; whether it can be trusted to hold the whole bank."""
        if self._state.version != version:
            most = int(index.size * _CHANGED_SHARE) + _CHANGED_AT_ONCE
            async with self._sessions() as session:
                changed, gone = await changed_since(session, self._state.version, most=most)
            if changed is None:
                return False
            # A new version without a changed row: something was deleted.
            doubtful = doubtful or not (changed or gone)
            try:
                await asyncio.to_thread(_apply, index, changed, gone)
            except ValueError:
                # Another process is at it; its work shows at the next look.
                return True
            self._keep(_State(self._state.generation, self._bank, version))
        # Counting a million rows takes a quarter of a second: only when there is a reason.
        return not doubtful or index.size == await self._total()

    async def _total(self) -> int:
        async with self._sessions() as session:
            return await bank.indexed_size(session)

    async def _rebuild(self, version: int, progress: Progress | None) -> None:
        total = await self._total()
        generation = uuid4().hex[:12]
        index = QuestionIndex(self._folder / generation if self._folder else None)
        done = 0
        with index.batch(fresh=True) as batch:
            async for part in entries(self._sessions):
                await asyncio.to_thread(batch.put, part)
                done += len(part)
                if progress:
                    progress(done, total)
            await asyncio.to_thread(batch.commit)
        self._index = index
        self._keep(_State(generation, self._bank, version))
        self._sweep()
        logger.debug("search index made anew: {} questions", index.size)

    def _reopen(self) -> None:
        """Use the index that the folder names, when it is ours and another than the one in use."""
        assert self._folder is not None
        try:
            state = _State(**json.loads((self._folder / _STATE).read_text(encoding="utf-8")))
            if (state.format, state.bank) != (_FORMAT, self._bank):
                return
            if self._index is None or state.generation != self._state.generation:
                self._index = QuestionIndex(self._folder / state.generation)
            elif state.version != self._state.version:
                self._index.reload()
            self._state = state
        except (OSError, ValueError, TypeError):
            # Missing, damaged or from another version: it is made again.
            return

    def _keep(self, state: _State) -> None:
        self._state = state
        if self._folder is not None:
            fresh = self._folder / f"{_STATE}.{uuid4().hex[:8]}"
            fresh.write_text(json.dumps(asdict(state)), encoding="utf-8")
            fresh.replace(self._folder / _STATE)

    def _sweep(self) -> None:
        """Remove indexes that nobody opens any more; a process that has one open keeps reading it."""
        if self._folder is not None:
            for folder in self._folder.iterdir():
                if folder.is_dir() and folder.name != self._state.generation:
                    shutil.rmtree(folder, ignore_errors=True)


def _apply(index: QuestionIndex, changed: list[Texts], gone: list[int]) -> None:
    with index.batch() as batch:
        batch.drop(gone)
        batch.put(changed)
