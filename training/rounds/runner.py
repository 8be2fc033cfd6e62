"""Walks a round through its steps, from the first one without a record."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from inference.turns import PLACE, GpuTurn, Taken
from store import rounds
from training.rounds.errors import Cancelled, Lost, StepFailed
from training.rounds.step import Done, Job, Step

MAKE_WAY_S = 120.0
NOT_LENT = (
    f"等了 {MAKE_WAY_S:.0f} 秒，模型服务没有让出显卡。看看 gongkao serve 还在不在动，或者先停掉它，再发 /训练 继续。"
)
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
        self._job.folder.create()
        over = asyncio.Event()
        beating = asyncio.create_task(self._beat(over))
        try:
            async with AsyncExitStack() as held:
                lent = False
                for place, step in enumerate(self._steps, 1):
                    if self._is_done(step):
                        continue
                    self._step = step.name
                    self.report(f"{step.words}（{place}/{len(self._steps)}）", 0, 0)
                    if step.on_gpu and not lent:
                        # Until the end of the round: a server would not be up before the next step wants the GPU.
                        await held.enter_async_context(self._gpu())
                        lent = True
                    await self._do(step)
        finally:
            # Not cancelled: that would leave its transaction where it was.
            over.set()
            await beating

    @asynccontextmanager
    async def _gpu(self) -> AsyncGenerator[None]:
        """The GPU without a model server, where the settings want that.

        Raises:
            StepFailed: the server does not make way.
        """
        async with AsyncExitStack() as held:
            if self._job.config.rounds.pause_serving:
                turn = GpuTurn(self._job.home / PLACE)
                self.report("等模型服务让出显卡", 0, 0)
                try:
                    await held.enter_async_context(turn.training(limit_s=MAKE_WAY_S, stop=self._job.stop))
                except Taken as error:
                    if self._job.stop.is_set():
                        raise self._why_stopped() from error
                    raise StepFailed(NOT_LENT) from error
            yield

    def _is_done(self, step: Step) -> bool:
        record = self._job.folder.record(step.name)
        return record is not None and all((self._job.folder.path / name).exists() for name in record["outputs"])

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
        async with self._job.sessions.begin() as session:
            await rounds.finish_step(session, self._job.number, step.name, seconds=seconds, record=record)

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
        async with self._job.sessions.begin() as session:
            return await rounds.beat(
                session, self._job.number, worker=self._worker, step=self._step, progress=self._progress
            )


def worker_name() -> str:
    """Machine and process of this worker."""
    return f"{platform.node()}:{os.getpid()}"


__all__ = ["Runner", "StepFailed", "worker_name"]
