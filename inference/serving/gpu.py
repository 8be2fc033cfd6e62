"""Which NVIDIA GPUs this machine has."""

from __future__ import annotations

import subprocess


def nvidia_gpus() -> list[str]:
    """Name and memory of each GPU that the driver can use, ``NVIDIA H200, 143771 MiB``; empty when there is none."""
    return _asked("--query-gpu=name,memory.total", "--format=csv,noheader")


def free_memory_mib(number: int) -> int | None:
    """What nobody uses of a GPU's memory; ``None`` when the driver does not say."""
    told = _asked("--query-gpu=memory.free", "--format=csv,noheader,nounits", f"--id={number}")
    return int(told[0]) if told and told[0].isdecimal() else None


def only(devices: str) -> dict[str, str]:
    """The environment of a process that is to see these GPUs alone: ``0,1``; empty for none."""
    # Numbered as nvidia-smi does it, whose free memory is what was looked at.
    return {"CUDA_VISIBLE_DEVICES": devices, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def _asked(*options: str) -> list[str]:
    try:
        found = subprocess.run(  # noqa: S603 - our own options
            ["nvidia-smi", *options],  # noqa: S607 - from PATH
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in found.stdout.splitlines() if line.strip()]
