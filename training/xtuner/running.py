"""Running one of XTuner's commands: a process group of its own, a log, a way to stop it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shlex
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from training.xtuner import processes
from training.xtuner.commands import Command
from training.xtuner.processes import Process

CANCELLED = "cancelled"
_LOOK_S = 1.0
_GPU_LOOK_S = 5.0
_GRACE_S = 15.0
_TAIL = 32 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    exit_code: int
    """Negative for a signal."""
    seconds: float
    peak_mb: int
    """Most main memory that its processes held together, in MiB; what they share counts for each."""
    peak_gpu_mb: int
    """Most GPU memory that they held, in MiB; 0 without a GPU."""
    tail: str
    """The end of what it wrote."""
    stopped: str
    """Why we stopped it; empty when it ended by itself."""


@dataclass(slots=True)
class _Watch:
    """What is known of the processes, gathered while they live."""

    leader: int
    idle_gpu_mb: int
    seen: dict[tuple[int, int], Process] = field(default_factory=dict[tuple[int, int], Process])
    peak_mb: int = 0
    peak_gpu_mb: int = 0
    _asked: float = 0.0

    def look(self) -> None:
        members = processes.tree(self.leader)
        self.seen |= {(process.pid, process.born): process for process in members}
        self.peak_mb = max(self.peak_mb, sum(process.resident_mb for process in members))
        # Asking the driver costs more than all the rest.
        if time.monotonic() - self._asked >= _GPU_LOOK_S:
            self._asked = time.monotonic()
            held = processes.gpu_mb({process.pid for process in members})
            more = processes.gpus_mb() - self.idle_gpu_mb if held is None else held
            self.peak_gpu_mb = max(self.peak_gpu_mb, more)

    def kill_all(self) -> None:
        for process in [*processes.tree(self.leader), *self.seen.values()]:
            processes.kill(process)


async def run(
    command: Command,
    log: Path,
    *,
    cwd: Path,
    stop: asyncio.Event,
    look: Callable[[], str | None] = lambda: None,
) -> Ended:
    """Run *command* until it ends, *stop* is set, or *look* (called every second) gives a reason to stop it.

    When this returns or raises, none of its processes is left; should this
    process itself be killed, its child is told to end as well (on Linux).

    Raises:
        OSError: it cannot be started.
    """
    if shutil.which(command.argv[0]) is None:
        # Found before nice is started in its place.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command.argv[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    began, stopped = time.monotonic(), ""
    idle = await asyncio.to_thread(processes.gpus_mb)
    with log.open("ab") as output:
        start = output.tell()
        output.write(f"$ {shlex.join(command.argv)}\n".encode(errors="replace"))
        output.flush()
        process = await asyncio.create_subprocess_exec(
            *_gently(),
            *command.argv,
            cwd=cwd,
            env={**os.environ, **command.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        watch = _Watch(process.pid, idle)
        try:
            while process.returncode is None:
                await _wait(process, stop)
                await asyncio.to_thread(watch.look)
                stopped = CANCELLED if stop.is_set() else look() or ""
                if stopped:
                    break
        finally:
            await _end(process, watch)
    code = process.returncode if process.returncode is not None else -1
    return Ended(code, time.monotonic() - began, watch.peak_mb, watch.peak_gpu_mb, _read_tail(log, start), stopped)


def _gently() -> list[str]:
    """Answers come first, so the trainer gets what CPU and disk are left; and it does not outlive us."""
    wrappers = (("nice", "-n", "10"), ("ionice", "-c", "2", "-n", "7"), ("setpriv", "--pdeathsig", "TERM"))
    return [word for tool, *rest in wrappers if (place := shutil.which(tool)) for word in (place, *rest)]


async def _wait(process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    ends = {asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())}
    try:
        await asyncio.wait(ends, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ends:
            task.cancel()


async def _end(process: asyncio.subprocess.Process, watch: _Watch) -> None:
    """SIGTERM, and SIGKILL to whatever is left; finishes its work even when the task is cancelled meanwhile."""
    ending = asyncio.ensure_future(_end_all(process, watch))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


async def _end_all(process: asyncio.subprocess.Process, watch: _Watch) -> None:
    if process.returncode is None:
        await asyncio.to_thread(watch.look)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)
    # The leader may be gone with workers left behind.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.to_thread(watch.kill_all)
    await process.wait()


def _read_tail(log: Path, start: int) -> str:
    """Of what was written from *start* on: how an earlier command ended says nothing of this one."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(start, file.tell() - _TAIL))
        return file.read().decode("utf-8", "replace")
