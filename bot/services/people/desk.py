"""绑定 and 解绑: one sentence for every command."""

from __future__ import annotations

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.incoming import Incoming
from bot.services.people import words
from bot.services.people.codes import Codes, TriedTooOften
from bot.services.people.joining import Joining, SamePerson, TooMany
from bot.services.people.people import People
from store.cache import CacheUnavailable


class BindingDesk:
    def __init__(self, people: People, codes: Codes, joining: Joining) -> None:
        self._people = people
        self._codes = codes
        self._joining = joining

    async def bind(self, incoming: Incoming, typed: str) -> str:
        """Give a code and tell what is bound, or ask whether to join the person whose code was *typed*."""
        try:
            if incoming.group_id is not None:
                return words.SPOILT if await self._codes.spoil(typed) else words.ONLY_PRIVATE
            return await (self._ask(incoming.speaker, typed) if typed else self._offer(incoming.speaker))
        except CacheUnavailable:
            return words.NOT_GIVEN

    async def confirm(self, incoming: Incoming) -> str:
        """Join the person whose code the account typed: what it has done is that person's from then on, so that a
        code somebody was talked into typing does nothing yet."""
        try:
            owner = await self._codes.take(incoming.speaker)
        except CacheUnavailable:
            return words.NOT_GIVEN
        return words.NOT_ASKED if owner is None else await self._join(incoming.speaker, owner)

    async def unbind(self, incoming: Incoming, number: int | None) -> str:
        """Part the account that wrote, or the one of that *number* in the list."""
        if incoming.group_id is not None:
            return words.ONLY_PRIVATE
        speaker = incoming.speaker
        main, *others = everyone = self._people.accounts(speaker)
        if not others:
            return words.NOT_BOUND
        if number is None:
            if speaker == main and len(others) > 1:
                return words.which(everyone, speaker)
            leaving = others[0] if speaker == main else speaker
        elif number == 1:
            return words.MAIN_STAYS
        elif number <= len(everyone):
            leaving = everyone[number - 1]
        else:
            return words.which(everyone, speaker)
        try:
            parted = await self._joining.part(leaving)
        except (SQLAlchemyError, OSError) as error:
            logger.error("an account was not parted: {}", type(error).__name__)
            return words.NOT_PARTED
        return words.parted(leaving, main) if parted else words.NOT_BOUND

    async def _offer(self, speaker: str) -> str:
        everyone = self._people.accounts(speaker)
        given = words.code(await self._codes.give(speaker), everyone[0])
        return "\n\n".join(filter(None, (given, words.bound(everyone, speaker))))

    async def _ask(self, speaker: str, typed: str) -> str:
        try:
            owner = await self._codes.owner(typed, by=speaker)
        except TriedTooOften:
            return words.TOO_OFTEN
        if owner is None:
            return words.WRONG
        if owner == speaker:
            return words.YOUR_OWN
        main = self._people.person(owner)
        return words.SAME if main == self._people.person(speaker) else words.ask(speaker, main)

    async def _join(self, speaker: str, owner: str) -> str:
        try:
            return words.joined(await self._joining.join(speaker, owner))
        except SamePerson:
            return words.SAME
        except TooMany:
            return words.TOO_MANY
        except (SQLAlchemyError, OSError) as error:
            logger.error("accounts were not joined: {}", type(error).__name__)
            return words.NOT_NOW
