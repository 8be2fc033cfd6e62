"""Releases from the chat: what is done goes through the training package, what is shown comes from the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.services.incoming import Incoming
from bot.services.releases import words
from bot.services.training_process import JobFailed, TrainingProcess, asked_by
from store import releases
from store.db import Sessions
from store.models import Release

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class News:
    """How a release came out."""

    text: str
    account: str
    """The bot's account in whose chat it was asked for; empty when no chat did."""
    member_id: str
    group_id: str | None


class ChatReleases:
    def __init__(self, sessions: Sessions, process: TrainingProcess, *, voice_of: Callable[[str], str] = str) -> None:
        """*voice_of* as :class:`~bot.services.rounds.ChatRounds` has it."""
        self._sessions = sessions
        self._process = process
        self._voice_of = voice_of

    async def promote(self, incoming: Incoming, number: int, *, force: bool) -> str:
        """Let the round's model serve; *force* against the gate takes two superusers."""
        return await self._ask(incoming, "promote", str(number), *(["--force"] if force else []))

    async def roll_back(self, incoming: Incoming) -> str:
        """Let the model before the present one serve."""
        return await self._ask(incoming, "rollback")

    async def status(self) -> str:
        """What serves, and what did."""
        try:
            told = await self._process.run("release", "status")
        except JobFailed as error:
            return str(error)
        async with self._sessions() as session:
            rows = await releases.latest(session, _SHOWN)
        return "\n".join([str(told["text"]), *words.history(rows)])

    async def news(self) -> list[News]:
        """Outcomes that nobody was told of yet; each is given to one caller only."""
        found: list[News] = []
        async with self._sessions.begin() as session:
            for row in await releases.untold(session):
                before = await releases.get(session, row.replaces) if row.replaces else None
                way_back = await releases.before(session, row) is not None
                if await releases.tell(session, row) and (text := words.outcome(row, before, way_back=way_back)):
                    found.append(_news(row, before, text))
        return found

    async def _ask(self, incoming: Incoming, *command: str) -> str:
        try:
            asked = asked_by(incoming, self._voice_of(incoming.speaker))
            return str((await self._process.run("release", *command, *asked))["text"])
        except JobFailed as error:
            return str(error)


def _news(row: Release, before: Release | None, text: str) -> News:
    # Whoever wanted the model that had to go is who wants to know.
    asked = before if row.kind == "rescue" and before is not None else row
    return News(text, asked.account, asked.member_id, asked.group_id)
