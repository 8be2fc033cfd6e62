"""A worker as seen from the bot: started, asked, watched, killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

from bot.services.workers.frames import LENGTH

ROOT = Path(__file__).parents[3]
_START_LIMIT_S = 90
"""Loading models takes a few seconds, much more beside a busy model server."""
_WATCH_S = 0.25
_ENDING_S = 1
"""A process whose output has ended gets this long to end itself."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
"""What a worker sees of the environment: it handles strangers' files and needs none of the bot's keys."""

Why = Literal["timeout", "memory", "ended", "malformed", "crashed"]


class WorkerGone(Exception):
    """The worker ended, hung, grew too large or talked nonsense, and has been killed."""

    def __init__(self, why: Why, *, status: int | None = None, trace: str = "") -> None:
        super().__init__(f"{why}\n{trace}" if trace else why)
        self.why: Why = why
        self.status = status
        """Of the process, where it ended by itself."""


class Worker:
    """One running process; use :meth:`start`, then :meth:`ask` one thing at a time, then :meth:`kill`."""

    def __init__(self, process: asyncio.subprocess.Process, *, max_rss: int, longest: int) -> None:
        self._process = process
        self._max_rss = max_rss
        self._longest = longest
        self.received = 0
        """Bytes of all replies so far."""

    @classmethod
    async def start(cls, command: Sequence[str], *, max_rss: int, longest: int) -> Worker:
        """A worker that has said that it is ready; *command* is arguments for this Python, or names a program.

        It is killed when it holds more than *max_rss* bytes or sends a reply of
        more than *longest* bytes.

        Raises:
            WorkerGone: it did not get that far.
            OSError: there is no such program, or no room for a process.
        """
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # A file in the folder that the bot runs in must not pass for a module.
            env={**kept, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"},
            # A group of its own: Ctrl+C in the bot's terminal is for the bot.
            start_new_session=True,
        )
        worker = cls(process, max_rss=max_rss, longest=longest)
        await worker.reply(time.monotonic() + _START_LIMIT_S)
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def rss(self) -> int | None:
        """Resident bytes; ``None`` where ``/proc`` does not tell."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def ask(self, request: bytes, *, until: float) -> dict[str, Any]:
        """The first reply to *request*, waited for *until* this moment of the monotonic clock.

        Raises:
            WorkerGone: this worker is of no more use; so it is after a cancel.
        """
        assert self._process.stdin
        self._process.stdin.write(LENGTH.pack(len(request)) + request)
        # Written and answered at once: a worker that does not take the request must time out too.
        writing = asyncio.create_task(self._process.stdin.drain())
        try:
            return await self.reply(until)
        finally:
            await _over(writing)

    async def reply(self, until: float) -> dict[str, Any]:
        """The next reply, read while the process's size is watched.

        Raises:
            WorkerGone: there is none; so it is after a cancel.
        """
        try:
            reply = await self._watched(until)
        except (asyncio.IncompleteReadError, OSError) as error:
            # Killing a process that has just ended would take its exit status from the event loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ENDING_S):
                    await self._process.wait()
            await self.kill()
            raise WorkerGone("ended", status=self._process.returncode) from error
        except (ValueError, RecursionError) as error:
            await self.kill()
            raise WorkerGone("malformed") from error
        except (WorkerGone, asyncio.CancelledError):
            await self.kill()
            raise
        if "crashed" in reply:
            await self.kill()
            why: Why = "memory" if reply["crashed"] == MemoryError.__name__ else "crashed"
            raise WorkerGone(why, trace=str(reply.get("trace")))
        return reply

    async def kill(self) -> None:
        """End the process; safe when it has ended already."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        # What was sent and never read would keep its pipe open, and that the process.
        with contextlib.suppress(OSError):
            while await self._process.stdout.read(1 << 16):
                pass
        await self._process.wait()

    async def _watched(self, until: float) -> dict[str, Any]:
        reading = asyncio.create_task(self._frame())
        try:
            while True:
                if why := self._trouble(until):
                    raise WorkerGone(why)
                await asyncio.wait({reading}, timeout=_WATCH_S)
                if reading.done():
                    return reading.result()
        finally:
            # Two cannot read at once, and whoever kills reads what is left.
            await _over(reading)

    def _trouble(self, until: float) -> Why | None:
        """Why to wait no longer; ``None`` when there is no reason."""
        if time.monotonic() > until:
            return "timeout"
        rss = self.rss
        return "memory" if rss is not None and rss > self._max_rss else None

    async def _frame(self) -> dict[str, Any]:
        assert self._process.stdout
        (length,) = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))
        if length > self._longest:
            raise ValueError(length)
        self.received += LENGTH.size + length
        reply = json.loads(await self._process.stdout.readexactly(length))
        if isinstance(reply, dict):
            return cast(dict[str, Any], reply)
        raise ValueError(reply)


async def _over(task: asyncio.Task[Any]) -> None:
    """End *task*; how it ended does not matter any more."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of ours in this Python."""
    return (sys.executable, "-m", name, *arguments)
