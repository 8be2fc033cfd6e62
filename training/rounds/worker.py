"""The process that runs rounds: takes the oldest queued one, runs it, takes the next."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from loguru import logger
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from store import rounds
from store.db import Sessions
from store.models import TrainingRound
from training.config import TrainingConfig
from training.rounds.errors import Cancelled, Lost, StepFailed
from training.rounds.folder import RoundFolder
from training.rounds.patience import surely
from training.rounds.runner import Runner, worker_name
from training.rounds.step import Job, Step

POLL_S = 1.0

OTHER_SETTINGS = "这一轮的设置是别的版本记下的，现在读不懂。发 /训练 继续，就按 bot.toml 现在的设置做。"


class AlreadyRunning(Exception):
    """A worker serves this GPU already; the message is Chinese."""


class Worker:
    """Runs rounds on one GPU of one machine."""

    def __init__(
        self, sessions: Sessions, *, home: Path, rounds_folder: Path, gpu: str, steps: Sequence[Step], commit: str = ""
    ) -> None:
        self._sessions = sessions
        self._home = home
        self._rounds = rounds_folder
        self._gpu = gpu
        self._steps = steps
        self._commit = commit
        self._name = worker_name()
        self._stopping = asyncio.Event()
        self._job: Job | None = None

    def stop(self) -> None:
        """End after the present step is stopped; its round goes back to the queue. Safe in a signal handler."""
        self._stopping.set()
        if self._job is not None:
            self._job.stop.set()

    async def run(self, *, idle_limit_s: float | None, tell: Callable[[str], None] = lambda _: None) -> int:
        """Run rounds until :meth:`stop`, or until nothing has waited for *idle_limit_s*; how many were run."""
        count, idle_since = 0, time.monotonic()
        while not self._stopping.is_set():
            row = await self._take()
            if row is not None:
                tell(f"第 {row.id} 轮开始")
                await self._round(row, tell)
                count, idle_since = count + 1, time.monotonic()
                continue
            if idle_limit_s is not None and time.monotonic() - idle_since > idle_limit_s:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL_S)
        return count

    async def _take(self) -> TrainingRound | None:
        try:
            async with self._sessions.begin() as session:
                for number in await rounds.give_back(session, silent_for=rounds.SILENT_FOR):
                    logger.warning("round {} was given back: its worker is silent", number)
            async with self._sessions.begin() as session:
                return await rounds.claim(session, worker=self._name, gpu=self._gpu)
        except IntegrityError:
            return None  # another worker runs a round on this GPU
        except (SQLAlchemyError, OSError) as error:
            logger.warning("queue of rounds could not be read: {}", type(error).__name__)
            return None

    async def _round(self, row: TrainingRound, tell: Callable[[str], None]) -> None:
        runner: Runner | None = None

        def report(stage: str, done: int, total: int, **figures: Any) -> None:
            if runner is not None:
                runner.report(stage, done, total, **figures)

        try:
            config = TrainingConfig.model_validate(row.settings)
        except ValidationError:
            await self._end(row.id, {"status": "failed", "problem": OTHER_SETTINGS}, tell)
            return
        job = Job(
            number=row.id,
            folder=RoundFolder(self._rounds, row.id),
            home=self._home,
            base=Path(row.base),
            config=config,
            sessions=self._sessions,
            report=report,
            stop=asyncio.Event(),
        )
        self._job = job
        if self._stopping.is_set():
            job.stop.set()
        runner = Runner(job, self._steps, worker=self._name, commit=self._commit)
        try:
            await runner.run()
        except Lost as error:
            tell(str(error))
        except Cancelled:
            # Stopped by its own worker's end: somebody else goes on with it.
            ending = self._stopping.is_set() and not runner.cancelled
            await self._end(row.id, None if ending else _cancelled(), tell)
        except StepFailed as error:
            await self._end(row.id, {"status": "failed", "problem": str(error)}, tell)
        except Exception as error:  # noqa: BLE001 - whatever broke, the round must not look as if it ran
            logger.exception("round {} broke", row.id)
            problem = f"出了没料到的错：{type(error).__name__}。详情在 {job.folder.path / 'logs'}。"
            await self._end(row.id, {"status": "failed", "problem": problem}, tell)
        else:
            await self._end(row.id, outcome(job), tell)
        finally:
            self._job = None

    async def _end(self, number: int, values: dict[str, Any] | None, tell: Callable[[str], None]) -> None:
        """With *values*, or left to another worker."""

        async def write(session: AsyncSession) -> bool:
            if values is None:
                return await rounds.requeue(session, number, worker=self._name)
            return await rounds.finish(session, number, worker=self._name, values=values)

        try:
            mine = await surely(self._sessions, write, stop=self._stopping)
        except (SQLAlchemyError, OSError) as error:
            # A silent worker's round is given back, and who takes it finds what is done.
            logger.error("the end of round {} could not be told: {}", number, type(error).__name__)
            return
        if not mine:
            tell(f"第 {number} 轮已经由别的进程接手了。")
        elif values is None:
            tell(f"第 {number} 轮留给别的进程接着做。")
        else:
            tell(f"第 {number} 轮：{values['status']}{'，' + values['problem'] if values.get('problem') else ''}")


def _cancelled() -> dict[str, Any]:
    return {"status": "cancelled", "problem": ""}


def outcome(job: Job) -> dict[str, Any]:
    """How a round ended whose steps are all done: by the verdict of its gate."""
    record = job.folder.record("gate") or {}
    verdict: dict[str, Any] = record.get("figures", {})
    passed = bool(verdict.get("passed"))
    lines: list[dict[str, Any]] = verdict.get("lines", [])
    failed_lines = [f"{line['title']}：{line['sentence']}" for line in lines if not line["passed"]]
    return {
        "status": "ready" if passed else "rejected",
        "verdict": verdict,
        "problem": "" if passed else "\n".join(["没过门槛：", *failed_lines]),
    }
