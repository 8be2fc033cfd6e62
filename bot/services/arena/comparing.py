"""One question to two rounds, for a superuser who may know which is which."""

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

_MINUTES = "15"
"""How long the challenger stays after the last question to both."""
_START_S = 1800.0
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Compared:
    text: str
    battle_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Side:
    text: str
    completion: Completion | None = None


class Comparing:
    def __init__(
        self, sessions: Sessions, process: TrainingProcess, model: ModelClient, ring: Ring, battles: Battles
    ) -> None:
        self._sessions = sessions
        self._process = process
        self._model = model
        self._ring = ring
        self._battles = battles

    async def compare(
        self, incoming: Incoming, rounds: Sequence[int], question: str, say: Callable[[str], Awaitable[object]]
    ) -> Compared:
        """What the serving model and that of the round answer; *say* is told when the latter must be started first.

        *rounds* are one, or two of which one serves.
        """
        serving = self._model.target.round if self._model.target else ""
        others = [number for number in rounds if str(number) != serving]
        if len(others) != 1 and len(rounds) > 1:
            return Compared(words.NEITHER_SERVES.format(rounds[0], rounds[-1]))
        number = (others or rounds)[0]
        try:
            made = await self._process.run(
                "release", "compare", str(number), "--minutes", _MINUTES, *asked_by(incoming)
            )
        except JobFailed as error:
            return Compared(str(error))
        if made["status"] != "open":
            await say(str(made["text"]))
        row = await self._opened(int(made["challenger"]))
        if row is None:
            return Compared(f"第 {number} 轮太久没有起来，先不比了。看看 gongkao serve 的日志。")
        if row.status != "open":
            return Compared(f"第 {number} 轮没有起来：{row.problem or '已经撤下了。'}")
        await self._ring.look()
        return await self._both(incoming, row, question_messages(question))

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

    async def _both(self, incoming: Incoming, row: Challenger, messages: list[Message]) -> Compared:
        lane = incoming.lane
        target = self._model.target
        serving = f"第 {target.round} 轮，在服务" if target and target.round else "在服务的模型"
        ours, theirs = await asyncio.gather(
            _side(serving, self._model.complete(messages, lane=lane)),
            _side(f"第 {row.round_id} 轮", self._ring.ask(messages, lane=lane)),
        )
        text = f"{ours.text}\n\n{theirs.text}"
        if ours.completion is None or theirs.completion is None:
            return Compared(text)
        if ours.completion.text == theirs.completion.text:
            return Compared(f"{text}\n\n两边答得一样。")
        # Shown in this order: 甲 is the one that serves.
        fought = Fought(row, messages, ours.completion, theirs.completion, challenger_first=False)
        battle = await self._battles.keep(fought, ask_id=None, account=incoming.account, group_id=incoming.group_id)
        return Compared(text if battle is None else f"{text}\n\n{words.WHICH}", battle)


async def _side(title: str, coming: Awaitable[Completion]) -> _Side:
    began = time.monotonic()
    try:
        done = await coming
    except InferenceError as error:
        return _Side(words.no_answer(title, error))
    return _Side(words.side(title, done.text, time.monotonic() - began, done.confidence), done)
