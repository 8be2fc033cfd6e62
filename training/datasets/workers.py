"""Work on several processors whose results come in the order of the tasks."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import Any, Self, TypeVar

from training.datasets.errors import WorkerLost

Given = TypeVar("Given")
Made = TypeVar("Made")

_AHEAD = 2
"""Tasks a worker that wait for it."""


class Workers:
    """Processes, or none at all: then the caller's own does the work. The results are the same."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool: ProcessPoolExecutor | None = None
        if count > 1:
            # Forking would copy the threads' locks of the database driver.
            self._pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_the_parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    async def each(
        self, work: Callable[[Given], Made], tasks: AsyncIterable[Given] | Iterable[Given]
    ) -> AsyncGenerator[Made]:
        """``work(task)`` for each task, in order; *work* is a function of a module.

        Raises:
            WorkerLost: the system ended one of the processes.
        """
        if self._pool is None:
            async for task in _stream(tasks):
                yield work(task)
            return
        waiting: deque[asyncio.Future[Made]] = deque()
        try:
            async for task in _stream(tasks):
                waiting.append(asyncio.wrap_future(self._pool.submit(work, task)))
                if len(waiting) >= self._count * _AHEAD:
                    yield await waiting.popleft()
            while waiting:
                yield await waiting.popleft()
        except BrokenProcessPool as error:
            raise WorkerLost("一个工作进程被系统结束了，多半是内存不够；请留出 1 GB 内存再来。") from error
        finally:
            for future in waiting:
                future.cancel()


async def _stream(tasks: AsyncIterable[Given] | Iterable[Given]) -> AsyncGenerator[Given]:
    if isinstance(tasks, AsyncIterable):
        async for task in tasks:
            yield task
        return
    for task in tasks:
        yield task


def how_many(rows: int) -> int:
    """Workers for a bank of that size: starting them takes longer than a small one."""
    return 1 if rows < 20_000 else max(2, min(4, os.cpu_count() or 1))


def _end_with_the_parent() -> None:
    """A killed parent leaves workers that wait for ever: each watches it."""
    parent = parent_process()
    if parent is None:
        return

    def watch(sentinel: Any) -> None:
        connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, args=(parent.sentinel,), daemon=True).start()
