"""Training rounds from the chat: what is done goes through the training package, what is shown comes from the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.services.incoming import Incoming
from bot.services.rounds import words
from bot.services.rounds.picture import loss_curve
from bot.services.training_process import JobFailed, TrainingProcess
from store import rounds as queries
from store.db import Sessions
from store.models import RoundStep, TrainingRound

_SHOWN = 8
_FEWEST_POINTS = 4


@dataclass(frozen=True, slots=True)
class News:
    """Something about a round for the chat it was asked for in."""

    round_id: int
    account: str
    member_id: str
    group_id: str | None
    text: str
    picture: bytes = b""
    ended: bool = False


class ChatRounds:
    def __init__(self, sessions: Sessions, process: TrainingProcess) -> None:
        self._sessions = sessions
        self._process = process

    async def preview(self) -> str:
        """What a round would learn, how long it would take and how much memory."""
        return await self._ask("preview")

    async def start(self, incoming: Incoming, note: str) -> str:
        """Ask for a round; its end is told in the chat that *incoming* came from."""
        where = ["--account", incoming.account, "--member", incoming.member_id]
        if incoming.group_id:
            where += ["--group", incoming.group_id]
        return await self._ask("start", "--by", incoming.member_id, *where, "--note", note.strip())

    async def approve(self, incoming: Incoming, number: int) -> str:
        """The second superuser's yes."""
        return await self._ask("approve", str(number), "--by", incoming.member_id)

    async def cancel(self, number: int | None) -> str:
        """Stop the round, or the only one under way."""
        return await self._ask("cancel", *([] if number is None else [str(number)]))

    async def resume(self, number: int | None) -> str:
        """Go on with a failed or cancelled round, the newest one by default."""
        return await self._ask("resume", *([] if number is None else [str(number)]))

    async def promote(self, incoming: Incoming, number: int, *, force: bool) -> str:
        """Let the round's model be the one that is served; *force* against the gate takes two superusers."""
        return await self._ask("promote", str(number), "--by", incoming.member_id, *(["--force"] if force else []))

    async def history(self) -> str:
        async with self._sessions() as session:
            return words.history_text(await queries.latest(session, _SHOWN))

    async def status(self) -> tuple[str, bytes]:
        """The round under way, else the newest one, in words and with its loss."""
        async with self._sessions() as session:
            waiting = await queries.unfinished(session)
            newest = await queries.latest(session, 1)
            row = next((one for one in (*waiting, *newest) if one.status == "running"), None)
            row = row or next(iter((*waiting, *newest)), None)
            if row is None:
                return words.NONE_YET, b""
            steps = await queries.steps(session, row.id)
        return words.status_text(row, steps), await _picture(row, steps)

    async def news(self, accounts: Sequence[str]) -> list[News]:
        """How rounds stand that were asked for through these accounts: running ones, and ends not told yet."""
        async with self._sessions() as session:
            running = [
                row for row in await queries.unfinished(session) if row.status == "running" and row.account in accounts
            ]
            ended = await queries.untold(session, accounts)
            steps = {row.id: await queries.steps(session, row.id) for row in (*running, *ended)}
        found = [_news(row, words.status_text(row, steps[row.id])) for row in running]
        for row in ended:
            picture = await _picture(row, steps[row.id])
            found.append(_news(row, words.end_text(row, steps[row.id]), picture, ended=True))
        return found

    async def told(self, round_id: int) -> None:
        """The chat has heard how the round ended."""
        async with self._sessions.begin() as session:
            row = await queries.lock(session, round_id)
            if row is not None:
                row.told = row.status

    async def wake_worker(self) -> None:
        """Have a worker where rounds wait and this machine is to run them."""
        async with self._sessions() as session:
            waiting = [row for row in await queries.unfinished(session) if row.status != "waiting"]
        if waiting:
            await self._ask("wake")

    async def _ask(self, *arguments: str) -> str:
        try:
            told = await self._process.run("round", *arguments)
        except JobFailed as error:
            return str(error)
        return str(told["text"])


def _news(row: TrainingRound, text: str, picture: bytes = b"", *, ended: bool = False) -> News:
    return News(row.id, row.account, row.member_id, row.group_id, text, picture, ended)


async def _picture(row: TrainingRound, steps: Sequence[RoundStep]) -> bytes:
    """The loss curve: of the finished training, else of the one under way; empty while there is none."""
    trained = next((step.record for step in steps if step.name == "train"), None)
    told: dict[str, Any] = trained["figures"] if trained else row.progress
    points: list[list[float]] = told.get("curve") or []
    if len(points) < _FEWEST_POINTS:
        return b""
    caption = words.STATUS[row.status] if trained else "训练中"
    return await asyncio.to_thread(loss_curve, row.id, points, caption)
