"""Identical requests in flight share one: work is done once, everybody gets its result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Hashable
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from inference.errors import ServerUnavailable

T = TypeVar("T")


class Flight(Generic[T]):
    """One piece of work and everybody who waits for it."""

    def __init__(self, lane: str) -> None:
        self.lanes = [lane]
        """Lanes of all who asked, the first asker's first."""
        self.on_new_lane: Callable[[str], None] | None = None
        """Set by the work: called when an asker of another lane joins."""
        self.askers = 0
        self._pieces: list[str] = []
        self._news = asyncio.Event()
        self._task: asyncio.Task[T] | None = None

    def emit(self, piece: str) -> None:
        """Hand one piece of the result to all who follow, now or later."""
        self._pieces.append(piece)
        self._ring()

    async def follow(self) -> AsyncGenerator[str, None]:
        """All pieces, those emitted before joining first; ends with the work, well or badly."""
        heard = 0
        while True:
            while heard < len(self._pieces):
                heard += 1
                yield self._pieces[heard - 1]
            if self.landed:
                return
            await self._news.wait()

    async def result(self) -> T:
        """What the work returned or raised. A cancelled asker leaves the work running.

        Raises:
            ServerUnavailable: ``closed``: the work was given up at shutdown.
        """
        assert self._task is not None
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            asker = asyncio.current_task()
            if self._task.cancelled() and not (asker and asker.cancelling()):
                # The work was cancelled, not the asker, who must not take it for its own end.
                raise ServerUnavailable("closed") from None
            raise

    @property
    def heard(self) -> bool:
        """Pieces have been handed out, so that the work can no longer be begun anew."""
        return bool(self._pieces)

    @property
    def landed(self) -> bool:
        return self._task is not None and self._task.done()

    def depart(self, work: Callable[[Flight[T]], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        self._task = asyncio.create_task(work(self))
        self._task.add_done_callback(self._land)
        return self._task

    def join(self, lane: str) -> None:
        if lane not in self.lanes:
            self.lanes.append(lane)
            if self.on_new_lane is not None:
                self.on_new_lane(lane)

    def cancel(self) -> None:
        assert self._task is not None
        self._task.cancel()

    def _ring(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _land(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even when every asker has left
        self._ring()


class SingleFlight(Generic[T]):
    """The flights under way, by key."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()
        self._closed = False

    def __contains__(self, key: Hashable) -> bool:
        flight = self._flights.get(key)
        return flight is not None and not flight.landed

    @contextmanager
    def board(
        self, key: Hashable, lane: str, work: Callable[[Flight[T]], Coroutine[Any, Any, T]]
    ) -> Generator[tuple[Flight[T], bool], None, None]:
        """The flight for *key*, and whether it is shared with an earlier asker.

        The work is cancelled when the last asker leaves before its end. It has
        to bound its own time: while it runs, equal keys keep joining it.

        Raises:
            ServerUnavailable: ``closed``.
        """
        flight = self._flights.get(key)
        # One that has just landed may not have been forgotten yet.
        shared = flight is not None and not flight.landed
        if flight is None or flight.landed:
            flight = self._start(key, lane, work)
        else:
            flight.join(lane)
        flight.askers += 1
        try:
            yield flight, shared
        finally:
            flight.askers -= 1
            if not flight.askers and not flight.landed:
                # Forgotten at once: who asks next must not join a dying flight.
                self._forget(key, flight)
                flight.cancel()

    async def aclose(self) -> None:
        """Cancel all work and wait until it is gone; those who wait get ``ServerUnavailable``."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: Hashable, lane: str, work: Callable[[Flight[T]], Coroutine[Any, Any, T]]) -> Flight[T]:
        if self._closed:
            raise ServerUnavailable("closed")
        flight = Flight[T](lane)
        self._flights[key] = flight
        task = flight.depart(work)
        self._tasks.add(task)
        task.add_done_callback(lambda _: self._forget(key, flight))
        task.add_done_callback(self._tasks.discard)
        return flight

    def _forget(self, key: Hashable, flight: Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
