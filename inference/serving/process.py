"""One server process: started here, or found running from an earlier time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil
from pydantic import SecretStr

from inference.serving.log import ServingLog

MARK = "GONGKAO_SERVER"
"""Environment variable by which a server of ours is known."""
_LOOK_S = 0.1
_SAME_BIRTH_S = 1.0
"""A clock that was set between two looks moves the time of birth a little."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How the server is started and where it then answers."""

    command: tuple[str, ...]
    url: str
    """``http://127.0.0.1:23333``, without a path."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to this process's environment."""
    cwd: Path | None = None
    api_key: SecretStr | None = None
    """Sent with every request."""
    model: str = ""
    """Its name in requests."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """Which process is meant, also when its number was given to another one."""

    pid: int
    born: float
    """In seconds since the epoch."""

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        return cls(pid, psutil.Process(pid).create_time())


class ServerProcess:
    """The leader of a process group that ends as a whole."""

    def __init__(self, identity: ProcessId, child: asyncio.subprocess.Process | None = None) -> None:
        self.id = identity
        self._child = child

    @classmethod
    async def start(cls, launch: Launch, log: ServingLog, lock: IO[bytes] | None = None) -> ServerProcess:
        """Start it; it outlives this process unless it is ended, and holds the GPU's *lock* for as long as it lives.

        Raises:
            OSError: the command cannot be started.
        """
        with log.open() as output:
            child = await asyncio.create_subprocess_exec(
                *launch.command,
                cwd=launch.cwd,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **launch.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                # A group of its own: Ctrl+C reaches only us, and its workers end with it.
                start_new_session=True,
                pass_fds=(lock.fileno(),) if lock else (),
            )
        try:
            identity = ProcessId.of(child.pid)
        except psutil.NoSuchProcess:
            identity = ProcessId(child.pid, 0)
        return cls(identity, child)

    @classmethod
    def find(cls, identity: ProcessId) -> ServerProcess | None:
        """The process of that identity, when it still runs."""
        return cls(identity) if _runs(identity) else None

    @classmethod
    def marked(cls, mark: str) -> dict[str, ServerProcess]:
        """Leaders of groups that were started with a :data:`MARK` of *mark* and a slash, by what comes after it.

        What was started and never written down is found so as well.
        """
        found: dict[str, ServerProcess] = {}
        for process in psutil.process_iter():
            try:
                whose = process.environ().get(MARK, "")
                if whose.startswith(f"{mark}/") and os.getpgid(process.pid) == process.pid:
                    found[whose.removeprefix(f"{mark}/")] = cls(ProcessId.of(process.pid))
            except (psutil.Error, OSError):
                continue  # somebody else's, or gone
        return {name: process for name, process in found.items() if not process.ended}

    @property
    def command(self) -> tuple[str, ...]:
        """As the system tells it; empty when it does not, or the process has ended."""
        try:
            return tuple(psutil.Process(self.id.pid).cmdline())
        except psutil.Error:
            return ()

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; ``None`` while it runs, and for one that was found."""
        return self._child.returncode if self._child else None

    @property
    def ended(self) -> bool:
        return self._child.returncode is not None if self._child else not _runs(self.id)

    async def wait(self) -> None:
        """Until it has ended."""
        if self._child:
            await self._child.wait()
        while not self.ended:  # noqa: ASYNC110 - somebody else's child; no event tells
            await asyncio.sleep(_LOOK_S)

    async def end(self, grace_s: float) -> None:
        """Nothing of the process's group is left afterwards: asked first, killed after *grace_s*."""
        if not self.ended and grace_s > 0:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), grace_s)
        # The leader may be gone with workers left behind.
        self._signal(signal.SIGKILL)
        await self.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._child is None and self.ended and not _is_group_of(self.id):
            return
        # No such group: all ended. Not permitted: macOS says so of a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.id.pid, number)


def _runs(identity: ProcessId) -> bool:
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.born) < _SAME_BIRTH_S
        return same and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _is_group_of(identity: ProcessId) -> bool:
    """Whether processes of the dead leader's group are left; its number cannot be another's before they end."""
    if psutil.pid_exists(identity.pid):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(identity.pid, 0)
        return True
    return False
