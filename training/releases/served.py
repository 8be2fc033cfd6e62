"""One model that serves or stands beside it, or is on its way to that."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from loguru import logger

from inference.serving.log import ServingLog
from inference.serving.process import Launch, ServerProcess
from inference.serving.server import Event, Patience, ServerGaveUp, ServerSupervisor
from inference.serving.turns import GpuTurn
from training.releases.errors import NotFit


class Served:
    """Watched from the beginning; its server is started anew when it dies, until :meth:`end`."""

    def __init__(
        self,
        number: int,
        model: Path,
        launch: Launch,
        log: ServingLog,
        port: int,
        *,
        patience: Patience,
        turn: GpuTurn | None = None,
        found: ServerProcess | None = None,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.number = number
        """Of its release, or of its challenger."""
        self.model = model
        self.launch = launch
        self.log = log
        self.port = port
        self.up = False
        """It answered when it was looked at last."""
        self.ends = 0
        """How often its server has ended since it answered last."""
        self._tell = tell
        self._ready = asyncio.Event()
        self._first_end: Event | None = None
        self._over = asyncio.Event()
        """Ready, or ended before it was."""
        self._supervisor = ServerSupervisor(launch, log, patience=patience, report=self._heard, turn=turn, found=found)
        self._running = asyncio.create_task(self._supervisor.run())
        self._running.add_done_callback(lambda _: self._over.set())

    async def come_up(self) -> None:
        """Until it answers.

        Raises:
            NotFit: it ended first.
        """
        await self._over.wait()
        if not self._ready.is_set():
            raise NotFit(f"模型起不来：{self._reason()}。日志在 {self.log.path}。")

    @property
    def gave_up(self) -> str:
        """Why it is not started any more, in Chinese; empty while it is watched."""
        if not self._running.done() or self._running.cancelled():
            return ""
        return self._reason() if self._running.exception() else ""

    async def over(self) -> str:
        """Why it is not started any more, as soon as that is so."""
        await asyncio.wait({self._running})
        return self.gave_up

    async def end(self) -> None:
        """Stop its server with all of its processes."""
        self._supervisor.stop()
        await self._finished()

    async def _finished(self) -> None:
        with contextlib.suppress(ServerGaveUp, OSError):
            await self._running

    def _heard(self, event: Event) -> None:
        logger.info("{}: {} {}", self.launch.model, event.kind, event.exit_code or round(event.seconds, 1) or "")
        if event.kind == "ready":
            self.up, self.ends = True, 0
            self._ready.set()
            self._over.set()
        elif event.kind in ("ended", "hung", "stalled", "never_ready"):
            self.up, self.ends = False, self.ends + 1
            if not self._ready.is_set():
                self._first_end = self._first_end or event
                self._over.set()
        elif event.kind == "paused":
            self.up = False
        self._tell(event)

    def _reason(self) -> str:
        error = self._running.exception() if self._running.done() and not self._running.cancelled() else None
        if isinstance(error, OSError):
            return f"启动不了 {self.launch.command[0]}（{error.strerror}）"
        end = self._first_end or (error.last if isinstance(error, ServerGaveUp) else None)
        if end is not None and end.kind == "ended" and end.exit_code == -9:
            return "被系统杀掉了，多半是内存不够"
        if end is not None and end.kind == "never_ready":
            return "等了太久还没有就绪"
        return next((line for line in reversed(self.log.tail) if line.strip()), "没有输出")[:200]
