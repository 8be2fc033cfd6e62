"""Having a worker on this machine while rounds wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOG = Path("data/logs/worker.log")
_IDLE_S = 60


def wake(home: Path) -> None:
    """Start a worker that outlives us and ends by itself when nothing waits; one that finds another ends at once."""
    log = home / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "training", "worker", "--idle-limit", str(_IDLE_S)]
    with log.open("ab") as output:
        subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
