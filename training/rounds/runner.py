"""Walks a round through its steps, from the first one without a record."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from inference.serving.turns import PLACE, GpuTurn, Taken
from store import rounds
from training.rounds.errors import Cancelled, Lost, StepFailed
from training.rounds.patience import NO_DATABASE, is_away, surely
from training.rounds.step import Done, Job, Step
from training.xtuner.failures import DISK_FULL, is_disk_full

T = TypeVar("T")

MAKE_WAY_S = 120.0
NOT_LENT = f"等了 {MAKE_WAY_S:.0f} 秒，显卡还没有让出来：模型服务没停，或者另一个训练占着。先停掉它，再发 /训练 继续。"
BEAT_S = 2.0
"""How often the database hears that the worker lives and how far the step is."""


class Runner:
    """Runs the steps of one round as *worker*; the round has been claimed already."""

    def __init__(self, job: Job, steps: Sequence[Step], *, worker: str, commit: str = "") -> None:
        """*commit* names the version of this program, for the records."""
        self._job = job
        self._steps = [step for step in steps if step.wanted(job.config)]
        self._worker = worker
        self._commit = commit
        self._progress: dict[str, Any] = {}
        self._step = ""
        self._reason: type[Exception] | None = None
        self._lent = False
        """Model servers of this machine make way for us."""

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for it; not when the worker itself is to end."""
        return self._reason is Cancelled

    def report(self, stage: str, done: int, total: int, **figures: Any) -> None:
        """As :class:`training.rounds.step.Report`: kept for the next beat; safe from any thread."""
        self._progress = {"stage": stage, "done": done, "total": total, **figures}

    async def run(self) -> None:
        """Do what is not done yet.

        Raises:
            StepFailed: a step cannot be done; its record is missing, the ones before it stay.
            Cancelled: somebody asked for it; a later run goes on from there.
            Lost: another worker has the round.
        """
        over = asyncio.Event()
        beating = asyncio.create_task(self._beat(over))
        try:
            with _in_words():
                self._job.folder.create()
                await self._walk()
        finally:
            # Not cancelled: that would leave its transaction where it was.
            over.set()
            await beating

    async def _walk(self) -> None:
        known = {step.name for step in await self._surely(lambda session: rounds.steps(session, self._job.number))}
        async with AsyncExitStack() as held:
            lent = False
            for place, step in enumerate(self._steps, 1):
                if (record := self._done(step)) is not None:
                    if step.name not in known:
                        # Whoever did it was killed before the database heard of it.
                        await self._tell_of(step, record)
                    continue
                self._step = step.name
                self.report(f"{step.words}（{place}/{len(self._steps)}）", 0, 0)
                if step.on_gpu and not lent:
                    # Until the end of the round: a server would not be up before the next step wants the GPU.
                    await held.enter_async_context(self._gpu())
                    lent = True
                for later in self._steps[place:]:
                    # What was made from the old result is none of the new one's.
                    self._job.folder.forget(later.name)
                await self._do(step)

    @asynccontextmanager
    async def _gpu(self) -> AsyncGenerator[None]:
        """The GPU without a model server, where the settings want that.

        Raises:
            StepFailed: the server does not make way.
        """
        async with AsyncExitStack() as held:
            if self._job.config.rounds.pause_serving and self._job.config.rounds.device != "cpu":
                turn = GpuTurn(self._job.home / PLACE)
                self._lent = True
                held.callback(setattr, self, "_lent", False)
                self.report("等模型服务让出显卡", 0, 0)
                try:
                    await held.enter_async_context(turn.training(limit_s=MAKE_WAY_S, stop=self._job.stop))
                except Taken as error:
                    if self._job.stop.is_set():
                        raise self._why_stopped() from error
                    raise StepFailed(NOT_LENT) from error
            yield

    def _done(self, step: Step) -> dict[str, Any] | None:
        """The record of *step*; ``None`` when it has to be done, perhaps again."""
        record = self._job.folder.record(step.name)
        if record is None or not all((self._job.folder.path / name).exists() for name in record["outputs"]):
            return None
        return record if step.stands(self._job, record) else None

    async def _do(self, step: Step) -> None:
        self._job.folder.forget(step.name)
        began, started = datetime.now(UTC), time.monotonic()
        if self._job.stop.is_set():
            raise self._why_stopped()
        try:
            done = await step.run(self._job)
        except Exception as error:
            # A step that is stopped ends with whatever its tools say of that; kept as the cause.
            if self._job.stop.is_set():
                raise self._why_stopped() from error
            raise
        if self._job.stop.is_set():
            raise self._why_stopped()
        await self._keep(step, done, began, time.monotonic() - started)

    async def _keep(self, step: Step, done: Done, began: datetime, seconds: float) -> None:
        record = {
            "step": step.name,
            "began": began.isoformat(timespec="seconds"),
            "seconds": round(seconds, 2),
            "inputs": dict(done.inputs),
            "outputs": done.outputs,
            "command": done.command,
            "figures": done.figures,
            "commit": self._commit,
            "seed": self._job.config.dataset.seed,
            "machine": platform.node(),
            "python": platform.python_version(),
        }
        # The file first: it is what a resumed round looks at.
        self._job.folder.write_record(step.name, record)
        await self._tell_of(step, record)

    async def _tell_of(self, step: Step, record: dict[str, Any]) -> None:
        number, seconds = self._job.number, record["seconds"]
        await self._surely(
            lambda session: rounds.finish_step(session, number, step.name, seconds=seconds, record=record)
        )

    async def _surely(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        try:
            return await surely(self._job.sessions, work, stop=self._job.stop)
        except Exception as error:
            if self._job.stop.is_set():
                raise self._why_stopped() from error
            raise

    def _why_stopped(self) -> Exception:
        if self._reason is Lost:
            return Lost(f"第 {self._job.number} 轮已经由别的进程接手了。")
        return Cancelled(f"第 {self._job.number} 轮取消了。")

    async def _beat(self, over: asyncio.Event) -> None:
        """Until *over*, and once more then: the last step's progress is to be seen too."""
        ending = False
        while not ending:
            ending = over.is_set()
            try:
                wanted = await self._tell()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("heartbeat of round {} failed: {}", self._job.number, type(error).__name__)
            else:
                if wanted is None or wanted:
                    self._reason = Lost if wanted is None else Cancelled
                    self._job.stop.set()
            if not ending:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), BEAT_S)

    async def _tell(self) -> bool | None:
        # Bots elsewhere do not see the lock.
        progress = {**self._progress, "lent": True} if self._lent else self._progress
        async with self._job.sessions.begin() as session:
            return await rounds.beat(session, self._job.number, worker=self._worker, step=self._step, progress=progress)


@contextmanager
def _in_words() -> Generator[None]:
    """What may befall any step, in words that say what to do."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        if is_disk_full(error):
            raise StepFailed(DISK_FULL) from error
        if isinstance(error, SQLAlchemyError) and is_away(error):
            raise StepFailed(NO_DATABASE) from error
        raise


def worker_name() -> str:
    """Machine and process of this worker."""
    return f"{platform.node()}:{os.getpid()}"


__all__ = ["Runner", "StepFailed", "worker_name"]
