"""One question to two rounds, or to one that need not serve, for a superuser who may know which is which."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.services.arena import words
from bot.services.arena.battles import Battles, Fought
from bot.services.arena.ring import Ring
from bot.services.incoming import Incoming
from bot.services.training_process import JobFailed, TrainingProcess, asked_by
from inference.client import Completion, Message, ModelClient
from inference.errors import InferenceError
from inference.prompts import question_messages
from store import arena
from store.db import Sessions
from store.models import Challenger

Say = Callable[[str], Awaitable[object]]
"""Tells whoever asked that it takes longer."""
_MINUTES = "15"
"""How long the challenger stays after the last question to it."""
_START_S = 1800.0
_LOOK_S = 1.0


class NotCompared(Exception):
    """The question went to nobody; the message is Chinese and says why."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one model says."""

    title: str
    """Which one it is, in Chinese."""
    text: str
    """Its answer, else why there is none."""
    seconds: float = 0.0
    completion: Completion | None = None

    @property
    def figures(self) -> str:
        """Seconds and confidence in words; empty when there is no answer."""
        done = self.completion
        return "" if done is None else words.figures(self.seconds, done.confidence)


@dataclass(frozen=True, slots=True)
class Compared:
    ours: Side
    """Of the serving model."""
    theirs: Side
    battle_id: int | None = None
    """What can be voted on: two answers that differ."""

    @property
    def alike(self) -> bool:
        """Both gave the same answer."""
        return None not in (self.ours.completion, self.theirs.completion) and self.ours.text == self.theirs.text

    @property
    def text(self) -> str:
        """Both as a message in a chat."""
        sides = "\n\n".join(words.side(one.title, one.figures, one.text) for one in (self.ours, self.theirs))
        last = words.SAME if self.alike else words.WHICH if self.battle_id is not None else ""
        return f"{sides}\n\n{last}" if last else sides


class Comparing:
    def __init__(
        self, sessions: Sessions, process: TrainingProcess, model: ModelClient, ring: Ring, battles: Battles
    ) -> None:
        self._sessions = sessions
        self._process = process
        self._model = model
        self._ring = ring
        self._battles = battles

    @property
    def serving(self) -> str:
        """The number of the round that serves; empty when none does, or a model that no round made."""
        return self._model.target.round if self._model.target else ""

    async def compare(self, incoming: Incoming, rounds: Sequence[int], question: str, say: Say) -> Compared:
        """What the serving model and that of the round answer; *say* is told when the latter must be started first.

        *rounds* are one, or two of which one serves.

        Raises:
            NotCompared: the rounds cannot be asked.
        """
        others = [number for number in rounds if str(number) != self.serving]
        if len(others) != 1 and len(rounds) > 1:
            raise NotCompared(words.NEITHER_SERVES.format(rounds[0], rounds[-1]))
        row = await self._beside(incoming, (others or rounds)[0], say)
        messages = question_messages(question)
        ours, theirs = await asyncio.gather(self._ours(incoming, messages), self._theirs(incoming, row, messages))
        if ours.completion is None or theirs.completion is None or ours.text == theirs.text:
            return Compared(ours, theirs)
        # Shown in this order: 甲 is the one that serves.
        fought = Fought(row, messages, ours.completion, theirs.completion, challenger_first=False)
        battle = await self._battles.keep(fought, ask_id=None, account=incoming.account, group_id=incoming.group_id)
        return Compared(ours, theirs, battle)

    async def ask(self, incoming: Incoming, number: int, question: str, say: Say) -> Side:
        """What the model of that one round answers, whether it serves or not; *say* as for :meth:`compare`.

        Raises:
            NotCompared: the round cannot be asked.
        """
        messages = question_messages(question)
        if str(number) == self.serving:
            return await self._ours(incoming, messages)
        return await self._theirs(incoming, await self._beside(incoming, number, say), messages)

    async def _beside(self, incoming: Incoming, number: int, say: Say) -> Challenger:
        """The round's model, once it answers beside the serving one."""
        try:
            made = await self._process.run(
                "release", "compare", str(number), "--minutes", _MINUTES, *asked_by(incoming)
            )
        except JobFailed as error:
            raise NotCompared(str(error)) from error
        if made["status"] != "open":
            await say(str(made["text"]))
        row = await self._opened(int(made["challenger"]))
        if row is None:
            raise NotCompared(f"第 {number} 轮太久没有起来，先不比了。看看 gongkao serve 的日志。")
        if row.status != "open":
            raise NotCompared(f"第 {number} 轮没有起来：{row.problem or '已经撤下了。'}")
        await self._ring.look()
        return row

    async def _opened(self, number: int) -> Challenger | None:
        """The challenger, when it answers or never will; ``None`` when that is not known in time."""
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            async with self._sessions() as session:
                row = await arena.get(session, number)
            if row is None or row.status not in ("asked", "starting"):
                return row
            await asyncio.sleep(_LOOK_S)
        return None

    async def _ours(self, incoming: Incoming, messages: list[Message]) -> Side:
        title = f"第 {self.serving} 轮，在服务" if self.serving else "在服务的模型"
        return await _side(title, self._model.complete(messages, lane=incoming.lane))

    async def _theirs(self, incoming: Incoming, row: Challenger, messages: list[Message]) -> Side:
        return await _side(f"第 {row.round_id} 轮", self._ring.ask(messages, lane=incoming.lane))


async def _side(title: str, coming: Awaitable[Completion]) -> Side:
    began = time.monotonic()
    try:
        done = await coming
    except InferenceError as error:
        return Side(title, words.no_answer(error))
    return Side(title, done.text, time.monotonic() - began, done)
