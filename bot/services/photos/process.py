"""The worker as seen from the bot: started, asked, watched, killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from bot.services.photos.text import PhotoQuestion, PhotosNotInstalled, PhotoText, PhotoUnreadable, TextLine
from bot.services.photos.worker import LENGTH, NOT_INSTALLED

ROOT = Path(__file__).parents[3]
_START_LIMIT_S = 90
"""Loading the models takes a few seconds, much more beside a busy model server."""
_MAX_REPLY = 8 * 1024 * 1024
_WATCH_S = 0.25
_ENDING_S = 1
"""A process whose output has ended gets this long to end itself."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
"""What the worker sees of the environment: it handles strangers' files and needs none of the bot's keys."""


class WorkerGone(Exception):
    """The worker ended, hung or grew too large, and has been killed."""


class Worker:
    """One running process; use :meth:`start`, then :meth:`read`, one picture at a time, then :meth:`kill`."""

    def __init__(self, process: asyncio.subprocess.Process, max_rss: int) -> None:
        self._process = process
        self._max_rss = max_rss

    @classmethod
    async def start(cls, *, limit_s: float, max_rss: int, command: Sequence[str] | None = None) -> Worker:
        """A worker whose models are loaded.

        Raises:
            PhotosNotInstalled: a package is missing or broken.
            WorkerGone: it did not get that far.
        """
        command = command or (sys.executable, "-m", "bot.services.photos.worker", str(limit_s + 5))
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            # A group of its own: Ctrl+C in the bot's terminal is for the bot.
            start_new_session=True,
        )
        worker = cls(process, max_rss)
        try:
            await worker._reply(_START_LIMIT_S)
        except WorkerGone as error:
            if process.returncode == NOT_INSTALLED:
                raise PhotosNotInstalled from error
            raise
        except asyncio.CancelledError:
            await worker.kill()
            raise
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

    async def read(self, image: bytes, *, limit_s: float) -> PhotoText:
        """What *image* says.

        Raises:
            PhotoUnreadable: nothing can be read off it.
            WorkerGone: this worker is of no more use.
        """
        assert self._process.stdin
        try:
            self._process.stdin.write(LENGTH.pack(len(image)) + image)
            # Written and answered at once: a worker that does not take the picture must time out too.
            _, reply = await asyncio.gather(self._process.stdin.drain(), self._reply(limit_s))
        except (ConnectionError, OSError) as error:
            await self.kill()
            raise WorkerGone("ended") from error
        except asyncio.CancelledError:
            await self.kill()
            raise
        if "unreadable" in reply:
            raise PhotoUnreadable(str(reply["unreadable"]))
        try:
            return _text(reply)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            await self.kill()
            raise WorkerGone("malformed") from error

    async def kill(self) -> None:
        """End the process; safe when it has ended already."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    async def _reply(self, limit_s: float) -> dict[str, Any]:
        """The next reply, read while the process's size is watched; the process is killed when there is none."""
        reading = asyncio.create_task(self._frame())
        until = time.monotonic() + limit_s
        reason = ""
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=_WATCH_S)
                reason = "" if reading.done() else self._trouble(until)
                if reason:
                    await self.kill()
                    break
            else:
                return reading.result()
        except (asyncio.IncompleteReadError, ValueError, OSError) as error:
            # Killing a process that has just ended would take its exit status from the event loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ENDING_S):
                    await self._process.wait()
            await self.kill()
            raise WorkerGone("ended") from error
        finally:
            reading.cancel()
        raise WorkerGone(reason)

    def _trouble(self, until: float) -> str:
        """Why to wait no longer; empty when there is no reason."""
        if time.monotonic() > until:
            return "timeout"
        rss = self.rss
        return "memory" if rss is not None and rss > self._max_rss else ""

    async def _frame(self) -> dict[str, Any]:
        assert self._process.stdout
        (length,) = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))
        if length > _MAX_REPLY:
            raise ValueError(length)
        return cast(dict[str, Any], json.loads(await self._process.stdout.readexactly(length)))


def _text(reply: dict[str, Any]) -> PhotoText:
    return PhotoText(
        lines=tuple(TextLine(text, (box[0], box[1], box[2], box[3]), score) for text, box, score in reply["lines"]),
        text=reply["text"],
        questions=tuple(PhotoQuestion(text, complete) for text, complete in reply["questions"]),
    )
