"""Training rounds from the chat: what is done goes through the training package, what is shown comes from the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.services.datasets import ChatDatasets
from bot.services.drawing import drawn
from bot.services.incoming import Incoming
from bot.services.rounds import words
from bot.services.training_process import JobFailed, TrainingProcess, asked_by
from paper.rounds.facts import Facts, facts_of
from paper.rounds.picture import FEWEST_POINTS, card, loss_curve
from paper.rounds.words import STATUS, status_text
from store import rounds as queries
from store.db import Sessions
from store.models import TrainingRound

_SHOWN = 8


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


@dataclass(frozen=True, slots=True)
class Lost:
    """A round whose worker died, as far as anybody can tell."""

    news: News
    since: str
    """Its last sign of life."""
    local: bool
    """A worker of this machine is to go on with it."""


class NotStarted(Exception):
    """It is not time for a round; the message is Chinese, for the log."""


class ChatRounds:
    def __init__(
        self,
        sessions: Sessions,
        process: TrainingProcess,
        datasets: ChatDatasets,
        *,
        voice_of: Callable[[str], str] = str,
    ) -> None:
        """*voice_of* tells which account a superuser's several ones are counted as."""
        self._sessions = sessions
        self._process = process
        self._datasets = datasets
        self._voice_of = voice_of

    async def preview(self) -> tuple[str, bytes]:
        """What a round would learn, how long it would take and how much memory; what is new as a picture."""
        try:
            told = await self._process.run("round", "preview")
        except JobFailed as error:
            return str(error), b""
        before = str(told.get("before") or "")
        compared = await self._datasets.compare(before, str(told["version"])) if before else None
        return str(told["text"]), compared.picture if compared else b""

    async def start(self, incoming: Incoming, note: str) -> str:
        """Ask for a round; its end is told in the chat that *incoming* came from."""
        return await self._ask("start", *asked_by(incoming, self._voice_of(incoming.speaker)), "--note", note.strip())

    async def start_by_schedule(self, account: str, member_id: str) -> str:
        """Ask for a round because it is time; its end is told *member_id* through *account*.

        Raises:
            NotStarted: there is nothing to learn, or not enough.
        """
        where = ("--account", account, "--member", member_id)
        try:
            told = await self._process.run("round", "start", "--scheduled", "--by", "schedule", *where)
        except JobFailed as error:
            return str(error)
        if reason := told.get("reason"):
            raise NotStarted(str(reason))
        return str(told["text"])

    async def approve(self, incoming: Incoming, number: int) -> str:
        """The second superuser's yes."""
        return await self._ask("approve", str(number), "--by", self._voice_of(incoming.speaker))

    async def cancel(self, number: int | None) -> str:
        """Stop the round, or the only one under way."""
        return await self._ask("cancel", *([] if number is None else [str(number)]))

    async def resume(self, number: int | None) -> str:
        """Go on with a failed or cancelled round, the newest one by default."""
        return await self._ask("resume", *([] if number is None else [str(number)]))

    async def history(self) -> str:
        async with self._sessions() as session:
            return words.history_text(await queries.latest(session, _SHOWN))

    async def status(self, number: int | None = None) -> tuple[str, bytes]:
        """The round of that *number*, else the one under way, else the newest, in words and with its loss."""
        async with self._sessions() as session:
            row = await (queries.shown(session) if number is None else queries.get(session, number))
            if row is None:
                return (words.NONE_YET if number is None else words.UNKNOWN.format(number=number)), b""
            steps = await queries.steps(session, row.id)
        facts = facts_of(row, steps)
        caption = STATUS[row.status] if facts.trained else "训练中"
        of = f"the curve of round {row.id}"
        picture = await drawn(of, loss_curve, row.id, facts.curve, caption) if _has_curve(facts) else b""
        return status_text(row, steps), picture

    async def card(self, number: int | None) -> tuple[str, bytes]:
        """The model card of the round, by default of the newest one, in words and as a picture."""
        async with self._sessions() as session:
            newest = await queries.latest(session, 1)
            row = next(iter(newest), None) if number is None else await queries.get(session, number)
            if row is None:
                return (words.NONE_YET if number is None else words.UNKNOWN.format(number=number)), b""
            steps = await queries.steps(session, row.id)
        facts = facts_of(row, steps)
        return words.card_text(facts), await _card(facts)

    async def news(self, accounts: Sequence[str]) -> list[News]:
        """How rounds stand that were asked for through these accounts: running ones, and ends not told yet."""
        async with self._sessions() as session:
            running = [
                row for row in await queries.unfinished(session) if row.status == "running" and row.account in accounts
            ]
            ended = await queries.untold(session, accounts)
            steps = {row.id: await queries.steps(session, row.id) for row in (*running, *ended)}
        found = [_news(row, status_text(row, steps[row.id])) for row in running]
        for row in ended:
            found.append(await _end(row, facts_of(row, steps[row.id])))
        return found

    async def lost(self) -> list[Lost]:
        """Rounds whose worker is silent."""
        async with self._sessions() as session:
            rows = [row for row in await queries.unfinished(session) if queries.is_silent(row)]
        return [Lost(_news(row, words.lost_text(row)), str(row.heartbeat_at), words.is_local(row)) for row in rows]

    async def told(self, round_id: int) -> None:
        """The chat has heard how the round ended."""
        async with self._sessions.begin() as session:
            row = await queries.lock(session, round_id)
            if row is not None:
                row.told = row.status

    async def wake_worker(self) -> None:
        """Have a worker where rounds wait, or lost theirs, and this machine is to run them."""
        async with self._sessions() as session:
            waiting = [
                row for row in await queries.unfinished(session) if row.status == "queued" or queries.is_silent(row)
            ]
        if any(words.is_local(row) for row in waiting):
            await self._ask("wake")

    async def _ask(self, *arguments: str) -> str:
        try:
            told = await self._process.run("round", *arguments)
        except JobFailed as error:
            return str(error)
        return str(told["text"])


def _news(row: TrainingRound, text: str, picture: bytes = b"", *, ended: bool = False) -> News:
    return News(row.id, row.account, row.member_id, row.group_id, text, picture, ended)


async def _end(row: TrainingRound, facts: Facts) -> News:
    """What came of the round; one that did not get far has no card worth a picture."""
    picture = await _card(facts) if facts.judged or _has_curve(facts) else b""
    return _news(row, words.end_text(facts), picture, ended=True)


def _has_curve(facts: Facts) -> bool:
    return len(facts.curve) >= FEWEST_POINTS


async def _card(facts: Facts) -> bytes:
    return await drawn(f"the card of round {facts.number}", card, facts)
