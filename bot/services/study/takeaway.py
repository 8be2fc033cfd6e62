"""What a member takes away as a file: the wrong-question book, and everything that is kept about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.services.exporting import ExportFailed
from bot.services.incoming import Incoming
from bot.services.study import archive, mistakes, words
from bot.services.study.learning import Learner
from local_time import local_now
from store import attempts, bank_reading, personal, study
from store.db import Sessions

_MOST_BYTES = 20 * 1024 * 1024
"""Of a file that travels as text in one frame: implementations fall over larger ones."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file for one member's eyes."""

    name: str
    data: bytes
    told: str
    """What to say when it has arrived."""


class Takeaway:
    """Makes files; a sentence where there is nothing to make."""

    def __init__(self, sessions: Sessions, learner: Learner, *, clock: Callable[[], datetime] = local_now) -> None:
        """*clock* tells the local time."""
        self._sessions = sessions
        self._learner = learner
        self._clock = clock

    async def book(self, incoming: Incoming, rest: str) -> Parcel | str:
        """The wrong-question book in the form and of the category that *rest* names, the newest mistake first."""
        form, category = mistakes.wanted(rest)
        member, now = incoming.member_id, self._clock()
        await self._learner.learn()
        async with self._sessions() as session:
            sizes = await study.book_size(session, member)
            due = await study.book(session, member, category=category, most=mistakes.MOST)
            numbers = [one.question.id for one in due]
            given = await attempts.wrong_given(session, member, numbers)
        if not due:
            return words.EMPTY_CATEGORY.format(category) if sizes else words.EMPTY_BOOK
        entries = {one.id: one async for part in bank_reading.chosen(self._sessions, numbers) for one in part}
        found = [
            mistakes.Mistake(entries[one.question.id], one.card, given.get(one.question.id, ()))
            for one in due
            if one.question.id in entries
        ]
        zone = now.tzinfo
        assert zone is not None
        try:
            data = await asyncio.to_thread(mistakes.written, form, category, found, zone)
        except ExportFailed:
            return words.FILE_TOO_LONG
        name = mistakes.file_name(category, form, now.date().isoformat())
        whole = len(found) == (sizes.get(category, 0) if category else sum(sizes.values()))
        told = words.FILE_SENT.format(name, len(found)) if whole else words.FILE_MOST.format(name, mistakes.MOST)
        return _parcel(name, data, told)

    async def everything(self, incoming: Incoming) -> Parcel | str:
        """All that is kept about the member, in private only."""
        if incoming.group_id is not None:
            return words.ALL_PRIVATE
        await self._learner.learn()
        packing = archive.Archive()
        async with self._sessions() as session:
            for kept in personal.KEPT:
                async for rows in personal.pieces(session, kept, incoming.member_id):
                    await asyncio.to_thread(packing.add, kept, rows)
        today = self._clock().date()
        data = await asyncio.to_thread(packing.closed, today)
        name = f"我的数据-{today.isoformat()}.zip"
        return _parcel(name, data, words.ALL_SENT.format(name))


def _parcel(name: str, data: bytes, told: str) -> Parcel | str:
    if len(data) > _MOST_BYTES:
        return words.FILE_TOO_LARGE.format(len(data) // 1024 // 1024)
    return Parcel(name, data, told)
