"""Pictures in, questions out: a bounded queue before one worker that is started on first use."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from loguru import logger

from bot.services.photos.header import check
from bot.services.photos.process import PhotoWorker
from bot.services.photos.text import PhotoBusy, PhotosNotInstalled, PhotoText, PhotoUnreadable
from bot.services.workers.process import WorkerGone

TOO_SLOW = "这张图没能看完，只截题目那一块再发，或者直接把题目打成文字。"
_PACKAGES = ("rapidocr", "onnxruntime")


def installed() -> bool:
    """Whether the packages that read pictures are there; loads none of them."""
    return all(find_spec(name) is not None for name in _PACKAGES)


@dataclass(frozen=True, slots=True)
class _Job:
    image: bytes
    answer: asyncio.Future[PhotoText]


class PhotoReader:
    """Reads one picture at a time; use as an async context manager, in one event loop.

    A worker that takes longer than *limit_s* for a picture, or holds more than
    *max_rss* bytes, is killed, and the next picture gets a new one. After
    *idle_s* without pictures it is stopped. *command* starts another worker
    than ours.
    """

    def __init__(
        self,
        *,
        limit_s: float = 45,
        max_queue: int = 8,
        max_rss: int = 1_500_000_000,
        idle_s: float = 600,
        command: Sequence[str] | None = None,
    ) -> None:
        self._limit_s = limit_s
        self._max_rss = max_rss
        self._idle_s = idle_s
        self._command = command
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(max_queue)
        self._serving: asyncio.Task[None] | None = None
        self._worker: PhotoWorker | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._serving is not None:
            self._serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving
        while not self._jobs.empty():
            self._jobs.get_nowait().answer.cancel()

    @property
    def worker_pid(self) -> int | None:
        """Of the running worker; ``None`` while there is none."""
        return self._worker.pid if self._worker else None

    async def read(self, image: bytes) -> PhotoText:
        """What *image* (the bytes of a file) says.

        Raises:
            PhotoUnreadable: no picture, too large, damaged, without text, or it took too long.
            PhotoBusy: the queue is full.
            PhotosNotInstalled: the extra ``photo`` is missing or broken.
        """
        if self._command is None and not installed():
            raise PhotosNotInstalled
        check(image)
        job = _Job(image, asyncio.get_running_loop().create_future())
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise PhotoBusy from None
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        return await job.answer

    async def _serve(self) -> None:
        try:
            while True:
                job = await self._next_job()
                if job.answer.done():  # the asker left while waiting
                    continue
                try:
                    await self._handle(job)
                except asyncio.CancelledError:
                    job.answer.cancel()
                    raise
        finally:
            await self._stop()

    async def _next_job(self) -> _Job:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._idle_s):
                return await self._jobs.get()
        await self._stop()
        return await self._jobs.get()

    async def _handle(self, job: _Job) -> None:
        """Answer *job*; an asker who has left meanwhile is ignored, the picture is read to its end."""
        try:
            if self._worker is None:
                self._worker = await PhotoWorker.start(
                    limit_s=self._limit_s, max_rss=self._max_rss, command=self._command
                )
            text = await self._worker.read(job.image, limit_s=self._limit_s)
        except WorkerGone as error:
            logger.warning("photo worker lost: {}", error)
            self._worker = None
            _refuse(job, PhotoUnreadable(TOO_SLOW))
        except (PhotoUnreadable, PhotosNotInstalled) as error:
            _refuse(job, error)
        except OSError as error:
            logger.error("photo worker cannot be started: {}", error)
            _refuse(job, PhotosNotInstalled())
        else:
            if not job.answer.done():
                job.answer.set_result(text)

    async def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.kill()


def _refuse(job: _Job, error: Exception) -> None:
    if not job.answer.done():
        job.answer.set_exception(error)
