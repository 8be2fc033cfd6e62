"""Who stands beside the serving model at present, and which groups see them fight."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.releases.following import target_of
from inference.client import Completion, Message, ModelClient
from inference.errors import ServerUnavailable
from store import arena
from store.db import Sessions
from store.models import Challenger


class Ring:
    """The challenger, as its table says, in every bot process within two seconds."""

    def __init__(self, sessions: Sessions, client: ModelClient, *, percent: int, every_s: float = 2.0) -> None:
        """*client* is the challenger's alone; *percent* of what an agreed group asks a model becomes a battle."""
        self._sessions = sessions
        self._client = client
        self._percent = percent
        self._every_s = every_s
        self._agreed: frozenset[str] = frozenset()
        self.challenger: Challenger | None = None
        """The one that answers."""

    async def watch(self) -> None:
        """Follow until cancelled; a database that is away leaves things as they were."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("challengers could not be read: {}", type(error).__name__)
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Do as the tables say now."""
        async with self._sessions() as session:
            live = await arena.live(session)
            self._agreed = await arena.agreed(session) if live is not None and live.votes else frozenset()
        self.challenger = live if live is not None and live.status == "open" else None
        self._client.turn_to(target_of(self.challenger) if self.challenger else None)

    def invites(self, group_id: str | None) -> bool:
        """Whether the next question of the group is one for both; by chance, so that nobody can foresee it."""
        return (
            self.challenger is not None
            and self.challenger.votes
            and group_id in self._agreed
            and secrets.randbelow(100) < self._percent
        )

    async def ask(self, messages: Sequence[Message], *, lane: str) -> Completion:
        """The challenger's answer.

        Raises:
            InferenceError: as :meth:`ModelClient.complete`; also when there is no challenger any more.
        """
        if self.challenger is None:
            raise ServerUnavailable("not_configured")
        return await self._client.complete(messages, lane=lane)
