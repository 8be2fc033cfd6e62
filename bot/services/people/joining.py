"""Making two persons one: in one transaction, so that there is only a before and an after."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.reporting import weigh
from bot.services.people.people import People
from bot.services.study.learning import Learner
from bot.services.study.replaying import replayed
from store import accounts, attempts, merging, people, study
from store.attempts import Review
from store.db import Sessions, writers_turn
from store.merging import Merged
from store.models import ReviewItem, StudyCard, Studying, now

MOST = 5
"""Accounts that may be one person: friends who pool their scores are no person."""
_AT_ONCE = 500
_SETTLED_AFTER = timedelta(seconds=60)
"""By then every process knows of a new binding, and what was under way is written."""
_SWEEP_EVERY_S = 20.0


class NotJoined(Exception):
    """Nothing was changed."""


class SamePerson(NotJoined):
    """They are one already."""


class TooMany(NotJoined):
    """They would be more than :data:`MOST` accounts."""


@dataclass(frozen=True, slots=True)
class Union:
    """Two persons that have become one."""

    person: str
    """The main account."""
    joined: str
    """What was the main account of the other."""
    merged: Merged


class Joining:
    """Joins persons, and parts accounts from them."""

    def __init__(
        self,
        sessions: Sessions,
        people: People,
        learner: Learner,
        *,
        writing: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        """*writing* is the turn of those who write often, see :func:`store.db.writers_turn`."""
        self._sessions = sessions
        self._people = people
        self._learner = learner
        self._writing = writing or writers_turn(sessions)

    async def join(self, account: str, owner: str) -> Union:
        """Let the person of *account*, with all that it has done, be the person of *owner*.

        Raises:
            NotJoined: see its subclasses.
        """
        # What is practice already comes over as practice.
        await self._learner.learn()
        async with self._writing, self._sessions.begin() as session:
            await accounts.alone(session)
            for one in sorted((account, owner)):
                await people.meet(session, one)
            mine, others = await accounts.of_person(session, account), await accounts.of_person(session, owner)
            joined, person = mine[0], others[0]
            if joined == person:
                raise SamePerson
            if len(mine) + len(others) > MOST:
                raise TooMany
            await accounts.bind(session, joined, person)
            merged = await _merge(session, joined, person)
        await self._people.look()
        return Union(person, joined, merged)

    async def part(self, account: str) -> bool:
        """Let the account be a person of its own from now on, without what it did; whether it was bound."""
        async with self._writing, self._sessions.begin() as session:
            await accounts.alone(session)
            await people.meet(session, account)
            parted = await accounts.unbind(session, account)
        await self._people.look()
        return parted

    async def watch(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("bound accounts could not be swept: {}", type(error).__name__)
            await asyncio.sleep(_SWEEP_EVERY_S)

    async def sweep(self, *, after: timedelta = _SETTLED_AFTER) -> int:
        """Join what processes wrote under an account's own name before they knew that it was bound; how many
        accounts were looked at."""
        async with self._writing, self._sessions.begin() as session:
            await accounts.alone(session)
            found = await accounts.claim_unswept(session, now() - after)
            for account, person in found:
                await _merge(session, account, person)
        return len(found)


async def _merge(session: AsyncSession, account: str, person: str) -> Merged:
    merged = await merging.merge(session, account, person)
    how = await study.studying(session, person)
    for numbers in _pieces(merged.questions):
        logs = await attempts.log_of(session, person, numbers)
        cards = await study.cards_of(session, {(person, number) for number in logs})
        shelved = {number for (_, number), card in cards.items() if card.shelved}
        await study.put(session, await asyncio.to_thread(_replayed, person, logs, shelved, how))
    for number in merged.items:
        await weigh(session, await session.get_one(ReviewItem, number))
    return merged


def _replayed(
    person: str, logs: Mapping[int, Sequence[Review]], shelved: Collection[int], how: Studying | None
) -> list[StudyCard]:
    return [replayed(person, number, log, how, shelved=number in shelved) for number, log in logs.items()]


def _pieces(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))
