"""A model server kept alive: started or found running, watched, restarted, stopped with all of its children."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Literal

from inference.serving.log import ServingLog
from inference.serving.probe import Probe
from inference.serving.process import Launch, ProcessId, ServerProcess
from inference.serving.turns import GpuTurn, Taken


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each thing may take, in seconds."""

    start_limit_s: float = 1800
    """From start to the first answer: loading 70B parameters from a slow disk takes this long."""
    start_poll_s: float = 1
    check_every_s: float = 3
    check_timeout_s: float = 5
    hung_after: int = 2
    """Failed checks in a row after which a running server is taken for hung."""
    token_every_s: float = 5
    """Between two requests for a token."""
    stall_s: float = 45
    """Without a token for so long, though asked for one, an engine has stalled whose HTTP side still answers."""
    stop_grace_s: float = 15
    """Between asking the process group to end and killing it."""
    backoff_first_s: float = 2
    backoff_cap_s: float = 60
    short_life_s: float = 60
    """A server that answered for less than this had a short life."""
    give_up_after: int = 4
    """Short lives in a row after which restarting is pointless."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something the person at the screen may want to know."""

    kind: Literal[
        "starting", "found", "ready", "ended", "hung", "stalled", "never_ready", "restarting", "paused", "stopped"
    ]
    """found: it ran already; paused: the GPU is lent to a training, starting follows when it is back."""
    seconds: float = 0
    """ready: since the start; restarting: until the next start."""
    exit_code: int | None = None
    """ended: negative for a signal; ``None`` for one that was found."""
    process: ProcessId | None = None
    """starting, found: who it is."""


class ServerGaveUp(Exception):
    """The server ends again and again; look at its last lines."""

    def __init__(self, last: Event, tail: list[str]) -> None:
        super().__init__(last.kind)
        self.last = last
        self.tail = tail
        """Last lines of its log, oldest first."""


class ServerSupervisor:
    """Keeps one server alive until :meth:`stop`. Unix only: it works with process groups."""

    def __init__(
        self,
        launch: Launch,
        log: ServingLog,
        *,
        patience: Patience | None = None,
        report: Callable[[Event], None] = lambda event: None,
        turn: GpuTurn | None = None,
        found: ServerProcess | None = None,
    ) -> None:
        """With *turn* the server makes way for a training that asks for the GPU; *found* is one that runs already."""
        self._turn = turn
        self._launch = launch
        self._log = log
        self._patience = patience or Patience()
        self._report = report
        self._found = found
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask :meth:`run` to stop the server and return; safe in a signal handler of the event loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until :meth:`stop`; when this returns or raises, no process of the server is left.

        Raises:
            ServerGaveUp: several short lives in a row.
            OSError: the command cannot be started at all.
        """
        short_lives = 0
        launch = self._launch
        async with Probe(
            launch.url, model=launch.model, api_key=launch.api_key, timeout_s=self._patience.check_timeout_s
        ) as probe:
            while not self._stopping.is_set():
                try:
                    with self._turn.serving() if self._turn else contextlib.nullcontext() as lock:
                        end, answered_s = await self._live(probe, lock)
                except Taken:
                    end, answered_s = Event("paused"), 0
                if self._stopping.is_set():
                    break
                self._report(end)
                if end.kind == "paused":
                    await self._wait_for_the_turn()
                    continue
                short_lives = 0 if answered_s >= self._patience.short_life_s else short_lives + 1
                if short_lives >= self._patience.give_up_after:
                    raise ServerGaveUp(end, self._log.tail)
                await self._pause(short_lives)
        self._report(Event("stopped"))

    async def _wait_for_the_turn(self) -> None:
        while not self._stopping.is_set() and self._turn is not None and self._turn.wanted():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._patience.start_poll_s)

    async def _pause(self, short_lives: int) -> None:
        pause_s = min(self._patience.backoff_cap_s, self._patience.backoff_first_s * 2 ** max(0, short_lives - 1))
        self._report(Event("restarting", pause_s))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)

    async def _live(self, probe: Probe, lock: IO[bytes] | None) -> tuple[Event, float]:
        """One process from start to end: how it ended, and for how many seconds it had answered."""
        found, self._found = self._found, None
        process = found or await ServerProcess.start(self._launch, self._log, lock)
        grace_s = self._patience.stop_grace_s
        self._report(Event("found" if found else "starting", process=process.id))
        try:
            end = await self._watch(process, probe)
            if end[0].kind in ("hung", "stalled"):
                grace_s = 0  # it would not hear the request
            return end
        finally:
            await process.end(grace_s)

    async def _watch(self, process: ServerProcess, probe: Probe) -> tuple[Event, float]:
        clock = asyncio.get_running_loop().time
        began = clock()
        coming = asyncio.create_task(self._until_ready(probe))
        try:
            while not coming.done():
                if end := await self._over(process, self._patience.start_poll_s, coming):
                    return end, 0
                if clock() - began > self._patience.start_limit_s:
                    return Event("never_ready"), 0
        finally:
            coming.cancel()
        ready_at = clock()
        self._report(Event("ready", ready_at - began))
        stalled = asyncio.create_task(self._until_stalled(probe))
        misses = 0
        try:
            while True:
                if end := await self._over(process, self._patience.check_every_s, stalled):
                    return end, clock() - ready_at
                if stalled.done():
                    return Event("stalled"), clock() - ready_at
                self._log.rotate()
                misses = 0 if await probe.answers() else misses + 1
                if misses >= self._patience.hung_after:
                    return Event("hung"), clock() - ready_at
        finally:
            stalled.cancel()

    async def _until_ready(self, probe: Probe) -> None:
        while not await probe.ready():  # noqa: ASYNC110 - another process gets ready
            await asyncio.sleep(self._patience.start_poll_s)

    async def _until_stalled(self, probe: Probe) -> None:
        clock = asyncio.get_running_loop().time
        last = clock()
        while clock() - last <= self._patience.stall_s:
            if await probe.generates(self._patience.stall_s):
                last = clock()
            await asyncio.sleep(self._patience.token_every_s)

    async def _over(self, process: ServerProcess, limit_s: float, also: asyncio.Task[None]) -> Event | None:
        """Why the server's life is over, as soon as it is; ``None`` after *limit_s*, or when *also* is done."""
        ends = {asyncio.create_task(process.wait()), asyncio.create_task(self._stopping.wait())}
        try:
            await asyncio.wait({*ends, also}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
        if process.ended or self._stopping.is_set():
            return Event("ended", exit_code=process.exit_code)
        return Event("paused") if self._turn is not None and self._turn.wanted() else None
