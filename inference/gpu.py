"""Which NVIDIA GPUs this machine has."""

from __future__ import annotations

import subprocess


def nvidia_gpus() -> list[str]:
    """Name and memory of each GPU that the driver can use, ``NVIDIA H200, 143771 MiB``; empty when there is none."""
    try:
        found = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"],  # noqa: S607 - from PATH
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in found.stdout.splitlines() if line.strip()]
