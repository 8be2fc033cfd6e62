"""A command's processes and what they hold, as Linux tells in ``/proc``; elsewhere only the first one is known."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    group: int
    born: int
    """Clock ticks since boot: with the pid it names a process for good."""
    resident_mb: int


def tree(leader: int) -> list[Process]:
    """The processes of *leader*'s group, and their descendants in groups of their own, as torchrun makes them."""
    everyone = [found for entry in Path("/proc").glob("[0-9]*") if (found := _read(int(entry.name))) is not None]
    known = {process.pid for process in everyone if process.pid == leader or process.group == leader}
    while True:
        more = {process.pid for process in everyone if process.parent in known} - known
        if not more:
            return [process for process in everyone if process.pid in known]
        known |= more


def kill(process: Process) -> None:
    """SIGKILL, unless it is gone and its number another's."""
    now = _read(process.pid)
    if now is not None and now.born == process.born:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, signal.SIGKILL)


def gpu_mb(pids: set[int]) -> int | None:
    """GPU memory that *pids* hold, in MiB; ``None`` when the driver does not know them, as in a container."""
    lines = _nvidia_smi("--query-compute-apps=pid,used_memory")
    held = [line.split(",") for line in lines]
    ours = [
        int(memory) for pid, memory in held if pid.strip().isdigit() and int(pid) in pids and memory.strip().isdigit()
    ]
    return sum(ours) if ours else None


def gpus_mb() -> int:
    """GPU memory in use on the whole machine, in MiB; 0 without a GPU."""
    return sum(int(line) for line in _nvidia_smi("--query-gpu=memory.used") if line.strip().isdigit())


def _read(pid: int) -> Process | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        # The name, in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        resident = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024**2
        return Process(pid, int(fields[1]), int(fields[2]), int(fields[19]), resident)
    return None


def _nvidia_smi(query: str) -> list[str]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        asked = subprocess.run(  # noqa: S603
            [tool, query, "--format=csv,noheader,nounits"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return asked.stdout.splitlines()
