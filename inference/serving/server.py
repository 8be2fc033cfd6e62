"""A model server as a child process: started, watched, restarted, stopped with all of its children."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp
from pydantic import SecretStr

from inference.serving.log import ServingLog
from inference.serving.turns import GpuTurn, Taken


@dataclass(frozen=True, slots=True)
class Launch:
    """How the server is started and where it then answers."""

    command: tuple[str, ...]
    url: str
    """``http://127.0.0.1:23333``, without a path."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to this process's environment."""
    cwd: Path | None = None
    api_key: SecretStr | None = None
    """Sent to ``/v1/models``, and kept out of the log."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each thing may take, in seconds."""

    start_limit_s: float = 1800
    """From start to the first answer: loading 70B parameters from a slow disk takes this long."""
    start_poll_s: float = 1
    check_every_s: float = 5
    check_timeout_s: float = 10
    hung_after: int = 3
    """Failed checks in a row after which a running server is taken for hung."""
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

    kind: Literal["starting", "ready", "ended", "hung", "never_ready", "restarting", "paused", "stopped"]
    """paused: the GPU is lent to a training; starting follows when it is back."""
    seconds: float = 0
    """ready: since the start; restarting: until the next start."""
    exit_code: int | None = None
    """ended: negative for a signal."""


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
    ) -> None:
        """With *turn* the server makes way for a training that asks for the GPU."""
        self._turn = turn
        self._launch = launch
        self._log = log
        self._patience = patience or Patience()
        self._report = report
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
        timeout = aiohttp.ClientTimeout(total=self._patience.check_timeout_s)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while not self._stopping.is_set():
                try:
                    with self._turn.serving() if self._turn else contextlib.nullcontext():
                        end, answered_s = await self._live(http)
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

    async def _live(self, http: aiohttp.ClientSession) -> tuple[Event, float]:
        """One process from start to end: how it ended, and for how many seconds it had answered."""
        process = await asyncio.create_subprocess_exec(
            *self._launch.command,
            cwd=self._launch.cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self._launch.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # A group of its own: Ctrl+C reaches only us, and its workers end with it.
            start_new_session=True,
        )
        assert process.stdout
        copying = asyncio.create_task(self._log.copy(process.stdout))
        self._report(Event("starting"))
        try:
            return await self._watch(process, http)
        finally:
            await _end_group(process, self._patience.stop_grace_s)
            # A grandchild that left the group could keep the pipe open for ever.
            await asyncio.wait({copying}, timeout=1)
            copying.cancel()

    async def _watch(self, process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> tuple[Event, float]:
        clock = asyncio.get_running_loop().time
        began, ready_at, misses = clock(), None, 0
        while True:
            interval_s = self._patience.start_poll_s if ready_at is None else self._patience.check_every_s
            await self._wait_for_an_end(process, interval_s)
            answered_s = 0 if ready_at is None else clock() - ready_at
            if process.returncode is not None or self._stopping.is_set():
                return Event("ended", exit_code=process.returncode), answered_s
            if self._turn is not None and self._turn.wanted():
                return Event("paused"), answered_s
            if await self._answers(http, thoroughly=ready_at is None):
                misses = 0
                if ready_at is None:
                    ready_at = clock()
                    self._report(Event("ready", ready_at - began))
            elif ready_at is None:
                if clock() - began > self._patience.start_limit_s:
                    return Event("never_ready"), 0
            else:
                misses += 1
                if misses >= self._patience.hung_after:
                    return Event("hung"), answered_s

    async def _wait_for_an_end(self, process: asyncio.subprocess.Process, limit_s: float) -> None:
        ends = {asyncio.create_task(process.wait()), asyncio.create_task(self._stopping.wait())}
        try:
            await asyncio.wait(ends, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()

    async def _answers(self, http: aiohttp.ClientSession, *, thoroughly: bool) -> bool:
        """``/health`` says 200; *thoroughly*: ``/v1/models`` does too, which needs the loaded model and our key."""
        try:
            async with http.get(f"{self._launch.url}/health") as response:
                if response.status != 200 or not thoroughly:
                    return response.status == 200
            key = self._launch.api_key
            headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
            async with http.get(f"{self._launch.url}/v1/models", headers=headers) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


async def _end_group(process: asyncio.subprocess.Process, grace_s: float) -> None:
    """Nothing of the process's group is left afterwards: asked first, killed after *grace_s*."""
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace_s)
    # The leader may be gone with workers left behind.
    _signal_group(process.pid, signal.SIGKILL)
    await process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    # No such group: all ended. Not permitted: macOS says so of a group of zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
