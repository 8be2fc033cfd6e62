"""The worker that reads pictures, as seen from the bot."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from bot.services.photos.text import PhotoQuestion, PhotosNotInstalled, PhotoText, PhotoUnreadable, TextLine
from bot.services.photos.worker import NOT_INSTALLED
from bot.services.workers.process import Worker, WorkerGone, module

_MAX_REPLY = 8 * 1024 * 1024


class PhotoWorker:
    """One running process; use :meth:`start`, then :meth:`read`, one picture at a time, then :meth:`kill`."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    @classmethod
    async def start(cls, *, limit_s: float, max_rss: int, command: Sequence[str] | None = None) -> PhotoWorker:
        """A worker whose models are loaded.

        Raises:
            PhotosNotInstalled: a package is missing or broken.
            WorkerGone: it did not get that far.
            OSError: it cannot be started.
        """
        command = command or module("bot.services.photos.worker", str(limit_s + 5))
        try:
            return cls(await Worker.start(command, max_rss=max_rss, longest=_MAX_REPLY))
        except WorkerGone as error:
            if error.status == NOT_INSTALLED:
                raise PhotosNotInstalled from error
            raise

    @property
    def pid(self) -> int:
        return self._worker.pid

    async def read(self, image: bytes, *, limit_s: float) -> PhotoText:
        """What *image* says.

        Raises:
            PhotoUnreadable: nothing can be read off it.
            WorkerGone: this worker is of no more use.
        """
        reply = await self._worker.ask(image, until=time.monotonic() + limit_s)
        if "unreadable" in reply:
            raise PhotoUnreadable(str(reply["unreadable"]))
        try:
            return _text(reply)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            await self.kill()
            raise WorkerGone("malformed") from error

    async def kill(self) -> None:
        """End the process; safe when it has ended already."""
        await self._worker.kill()


def _text(reply: dict[str, Any]) -> PhotoText:
    return PhotoText(
        lines=tuple(TextLine(text, (box[0], box[1], box[2], box[3]), score) for text, box, score in reply["lines"]),
        text=reply["text"],
        questions=tuple(PhotoQuestion(text, complete) for text, complete in reply["questions"]),
    )
