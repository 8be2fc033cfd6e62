"""The model's word on an open answer that no rule can tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from bot.services.judging import Opinion, Question, pleads, read_opinion, rubric_messages
from inference.client import ModelClient
from inference.errors import InferenceError

_WAIT_S = 4.0
"""Longer nobody in a game waits for a verdict."""
_MOST = 8
"""So many at a time in a game: what more a lively chat says is judged by rule."""


class SecondOpinion:
    def __init__(self, model: ModelClient, *, wait_s: float = _WAIT_S) -> None:
        self._model = model
        self._wait_s = wait_s

    def worth_asking(self, question: Question, text: str) -> bool:
        """Whether there is a model, and *text* answers *question* instead of speaking to its judge."""
        return self._model.available and not pleads(question, text)

    async def of(self, question: Question, text: str, lane: str) -> Opinion:
        """What the model thinks, within a few seconds; unsure when there is no word of it. Never raises."""
        try:
            async with asyncio.timeout(self._wait_s):
                done = await self._model.complete(rubric_messages(question, text), lane=lane)
        except (InferenceError, TimeoutError) as error:
            logger.info("no second opinion on an answer: {}", type(error).__name__)
            return Opinion("unsure", "")
        return read_opinion(done.text)


class Awaited:
    """Opinions that a game waits for, each with what it brings once it is there."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """No more are asked for just now."""
        return len(self._tasks) >= _MOST

    @property
    def any(self) -> bool:
        """Whether any is awaited besides the one that asks."""
        return bool(self._others(self._tasks))

    def add(self, asking: Callable[[], Awaitable[Opinion]], then: Callable[[Opinion], Awaitable[None]]) -> None:
        """Go by *then* once *asking* has its opinion, in the background."""
        task = asyncio.create_task(self._bring(asking, then))
        self._tasks.add(task)
        self._asking.add(task)
        task.add_done_callback(self._heard_of)

    async def all_heard(self) -> None:
        """Those asked for so far are there, with what they bring. Not for whoever has the game's turn."""
        if others := self._others(self._tasks):
            await asyncio.wait(others)

    def leave(self) -> None:
        """Nobody waits any more: the rule's verdicts stand. What is there already is kept."""
        for task in self._asking:
            task.cancel()

    async def _bring(
        self, asking: Callable[[], Awaitable[Opinion]], then: Callable[[Opinion], Awaitable[None]]
    ) -> None:
        opinion = await asking()
        self._asking = self._others(self._asking)
        await then(opinion)

    @staticmethod
    def _others(tasks: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        return {task for task in tasks if task is not asyncio.current_task()}

    def _heard_of(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._asking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The rule's verdict stands.
            logger.error("an opinion could not be kept: {}", type(error).__name__)
