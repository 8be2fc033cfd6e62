"""A battle: both models answer a member's question, and whoever reads them may vote."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.arena import words
from bot.services.arena.ring import Ring
from bot.services.incoming import WEB, Incoming
from bot.services.privacy import masked
from bot.services.quoting import QuotedReplies
from inference.client import Completion, Message
from inference.errors import InferenceError
from inference.prompts import is_unsure
from store import arena
from store.db import Sessions
from store.ids import new_id
from store.models import Battle, Challenger

_WAIT_S = 5.0
"""For the challenger, once the other answer is there: the asker came for an answer, not for a battle."""


@dataclass(frozen=True, slots=True)
class Fought:
    """Two answers that differ, and what they answer."""

    challenger: Challenger
    prompt: Sequence[Message]
    ours: Completion
    theirs: Completion
    challenger_first: bool

    @property
    def text(self) -> str:
        """Both, without saying whose they are."""
        pair = (self.theirs.text, self.ours.text) if self.challenger_first else (self.ours.text, self.theirs.text)
        return words.battle(*pair)

    def columns(self) -> dict[str, Any]:
        """Of :class:`store.models.Battle`, as far as they come from here."""
        return {
            "challenger_id": self.challenger.id,
            "serving": self.ours.model[:96],
            "serving_round": _number(self.ours.round),
            "challenger_round": self.challenger.round_id,
            # It leaves the database as training data.
            "prompt": [{**message, "content": masked(message["content"])} for message in self.prompt],
            "serving_text": self.ours.text,
            "challenger_text": self.theirs.text,
            "challenger_first": self.challenger_first,
        }


class Bout:
    """The challenger is at a question that the serving model is asked as well."""

    def __init__(self, ring: Ring, challenger: Challenger, messages: Sequence[Message], lane: str) -> None:
        self._challenger = challenger
        self._messages = messages
        self._task = asyncio.create_task(ring.ask(messages, lane=lane))

    async def against(self, ours: Completion) -> Fought | None:
        """Both answers; ``None`` when there is nothing to choose: no answer came, or the same one."""
        try:
            async with asyncio.timeout(_WAIT_S):
                theirs = await self._task
        except (InferenceError, TimeoutError) as error:
            logger.info("the challenger gave no answer: {}", type(error).__name__)
            return None
        if is_unsure(theirs.text) or theirs.text == ours.text:
            return None
        return Fought(self._challenger, self._messages, ours, theirs, bool(secrets.randbelow(2)))

    async def cancel(self) -> None:
        """There will be no battle."""
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.exception()  # seen: how it failed is nobody's concern any more


class Battles:
    """Begun by the answer engine, kept in the database, voted on in the chat."""

    def __init__(self, sessions: Sessions, ring: Ring, quoted: QuotedReplies) -> None:
        self._sessions = sessions
        self._ring = ring
        self._quoted = quoted

    def begin(self, incoming: Incoming, messages: Sequence[Message]) -> Bout | None:
        """Ask the challenger too, when the group agreed to it and chance will have it."""
        challenger = self._ring.challenger
        if challenger is None or not self._ring.invites(incoming.group_id):
            return None
        return Bout(self._ring, challenger, messages, incoming.lane)

    async def keep(self, fought: Fought, *, ask_id: int | None, account: str, group_id: str | None) -> int | None:
        """The number of the battle, which is in the database now; ``None`` when it could not be kept."""
        try:
            async with self._sessions.begin() as session:
                row = await arena.add_battle(
                    session,
                    {
                        "id": new_id(),
                        "ask_id": ask_id,
                        "blind": ask_id is not None,
                        "account": account,
                        "group_id": group_id,
                        **fought.columns(),
                    },
                )
        except (SQLAlchemyError, OSError) as error:
            # Above all one whose challenger was removed meanwhile.
            logger.error("a battle could not be kept: {}", type(error).__name__)
            return None
        return row.id

    async def shown(self, battle_id: int, message_id: str) -> None:
        """Note the platform's id of the message with both answers, so that a quote of it can be understood."""
        async with self._sessions.begin() as session:
            await arena.shown(session, battle_id, message_id)

    async def quoted(self, incoming: Incoming) -> Battle | None:
        """The battle that *incoming* quotes; somebody may be quicker than the platform's receipt of our message."""
        if incoming.quoted is None:
            return None
        account, message_id = incoming.account, incoming.quoted.message_id
        if (found := await self._by_message(account, message_id)) is not None:
            return found
        # Looks again for a while.
        ask = await self._quoted.exchange(incoming)
        if ask is None:
            return await self._by_message(account, message_id)
        async with self._sessions() as session:
            return await arena.of_ask(session, ask.id)

    async def of_web(self, battle_id: int) -> Battle | None:
        """The battle, when the web page showed it to a superuser."""
        async with self._sessions() as session:
            battle = await arena.get_battle(session, battle_id)
        return battle if battle is not None and battle.account == WEB and not battle.blind else None

    async def said(self, member_id: str, battle_ids: Sequence[int]) -> dict[int, str]:
        """What the member voted for, in the words of :func:`words.choice_of`, by battle."""
        async with self._sessions() as session:
            return {
                battle.id: _said(choice, battle) for battle, choice in await arena.votes(session, member_id, battle_ids)
            }

    async def _by_message(self, account: str, message_id: str) -> Battle | None:
        async with self._sessions() as session:
            return await arena.by_message(session, account=account, message_id=message_id)

    async def vote(self, battle: Battle, member_id: str, said: str) -> str:
        """Keep what a member *said* of a battle, see :func:`words.choice_of`; the sentence for it."""
        choice = _meant(said, battle)
        async with self._sessions.begin() as session:
            before = await arena.vote(session, battle.id, member_id, choice)
        if before is None:
            return words.VOTED.format(said=said)
        return words.SAME_VOTE if before == choice else words.VOTE_CHANGED.format(said=said)


def _said(choice: str, battle: Battle) -> str:
    return next(said for said in words.CHOICES if _meant(said, battle) == choice)


def _meant(said: str, battle: Battle) -> str:
    if said == words.FIRST:
        return "challenger" if battle.challenger_first else "serving"
    if said == words.SECOND:
        return "serving" if battle.challenger_first else "challenger"
    return "both" if said == words.BOTH else "neither"


def _number(round_: str) -> int | None:
    return int(round_) if round_.isdecimal() else None
