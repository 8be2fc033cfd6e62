"""Which environments there are besides the serving ones."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from inference.serving import environment
from inference.serving.environment import Environment, EnvironmentFailed, Variant
from inference.serving.gpu import nvidia_gpus
from training.opencompass import environment as opencompass
from training.xtuner.commands import environment as xtuner_env

NAMES = ("training", opencompass.NAME)
_TORCH = "torch==2.13.0+cpu"
# Everything that fails late when it is missing: kernels for 4 bit, the shim, both converters.
_CHECK = (
    "import bitsandbytes, datasets, peft, sentencepiece, torch; import gongkao_xtuner_cpu; "
    "import xtuner.tools.train, xtuner.tools.model_converters.merge, xtuner.tools.model_converters.pth_to_hf"
)


@dataclass(frozen=True, slots=True)
class Known:
    """An environment, and what to tell about it before it is made."""

    name: str
    holds: str
    """What is in it, for people."""
    minutes: int
    """To make it with a fast network, as measured."""
    environment: Environment


def find(name: str, home: Path, variant: Variant, folder: Path | None = None) -> Known:
    """The environment *name*, in *folder* or its usual place under *home*.

    Raises:
        EnvironmentFailed: there is none of this name.
    """
    if name == "training":
        made = training(home, variant)
        holds = "XTuner 0.2.0 和 PyTorch（CUDA）" if variant == "cuda" else "XTuner 0.2.0 和 PyTorch（只用 CPU）"
        known = Known(name, holds, 5 if variant == "cuda" else 3, made)
    elif name == opencompass.NAME:
        made = replace(
            opencompass.evaluation(home), newest_python=opencompass.NEWEST_PYTHON, check=tuple(opencompass.CHECK)
        )
        known = Known(name, "OpenCompass 和 PyTorch", opencompass.MINUTES, made)
    else:
        raise EnvironmentFailed(f"没有叫 {name} 的环境，可用的有：{'、'.join(NAMES)}。")
    return replace(known, environment=replace(known.environment, folder=folder)) if folder else known


def training(home: Path, variant: Variant | None = None) -> Environment:
    """As :func:`inference.serving.environment.training`, with a check that it works."""
    check_env = xtuner_env(home / "data" / "training" / "cache")
    return replace(environment.training(home, variant), check=("-W", "ignore", "-c", _CHECK), check_env=check_env)


def detect() -> Variant:
    """cuda where there is a GPU, or where pip does not find torch without it."""
    if nvidia_gpus() or sys.version_info[:2] != (3, 11):
        return "cuda"
    probe = ("-m", "pip", "install", "-q", "--dry-run", "--no-deps", "--ignore-installed", "--no-input", _TORCH)
    try:
        found = subprocess.run([sys.executable, *probe], capture_output=True, check=False, timeout=300)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return "cuda"
    return "cpu" if found.returncode == 0 else "cuda"


def training_python(home: Path, given: Path | None) -> Path:
    """The interpreter to run XTuner with: *given* (``[training.xtuner] python``), else that of our environment.

    Raises:
        EnvironmentFailed: there is none.
    """
    if given is not None:
        # Not resolved: a virtual environment is known by the path of its link.
        given = home / given.expanduser()
        if not given.is_file():
            raise EnvironmentFailed(f"找不到 [training.xtuner] 的 python：{given}。")
        return given
    made = environment.training(home)
    if not made.is_complete():
        raise EnvironmentFailed(f"训练环境还没装好（{made.folder}）。先运行：gongkao env create training")
    return made.python
