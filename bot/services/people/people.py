"""Which accounts are one person: the table of bound accounts in memory, at most two seconds behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.incoming import Incoming
from store import accounts
from store.db import Sessions

Joined = Callable[[str, str], None]


class People:
    """The table of bound accounts, in memory: nobody asks the database whose message it is."""

    def __init__(self, sessions: Sessions, *, every_s: float = 1.5) -> None:
        self._sessions = sessions
        self._every_s = every_s
        self._person: Mapping[str, str] = {}
        self._accounts: dict[str, list[str]] = {}
        self.joined: Joined = _nothing
        """Told of an account and its person when they have become one."""

    def known(self, incoming: Incoming) -> Incoming:
        """*incoming* as said by the person; who wrote it is still told by :attr:`Incoming.speaker`."""
        person = self._person.get(incoming.member_id)
        return incoming if person is None else replace(incoming, member_id=person, speaker_id=incoming.member_id)

    def person(self, account: str) -> str:
        """Whose name everything that *account* does is kept under; itself for one that is not bound."""
        return self._person.get(account, account)

    def accounts(self, member_id: str) -> Sequence[str]:
        """All accounts of the person behind *member_id*, the main one first."""
        person = self.person(member_id)
        return [person, *self._accounts.get(person, ())]

    async def watch(self) -> None:
        """Follow the table until cancelled; a database that is away leaves things as they were."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("bound accounts could not be read: {}", type(error).__name__)
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Read the table."""
        async with self._sessions() as session:
            now = await accounts.all_bound(session)
        before, self._person = self._person, now
        if now == before:
            return
        self._accounts = {}
        for account, person in now.items():
            self._accounts.setdefault(person, []).append(account)
        for account, person in now.items():
            if before.get(account) != person:
                self.joined(account, person)


def _nothing(account: str, person: str) -> None:
    """Until somebody wants to know."""
