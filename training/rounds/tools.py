"""The interpreters that a round's tools run in, and whether there is a GPU for them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from inference.serving import engines, environment
from inference.serving.engines import Serving
from inference.serving.gpu import nvidia_gpus, only
from inference.serving.server import Launch
from training.config import TrainingConfig
from training.environments import known
from training.rounds.errors import StepFailed

NO_LMDEPLOY = "推理环境还没装好。先运行一次 gongkao serve，它会装好 LMDeploy。"


def on_cpu(config: TrainingConfig) -> bool:
    return config.rounds.device == "cpu"


def device_env(config: TrainingConfig) -> dict[str, str]:
    """What keeps a tool to the round's device."""
    return only("" if on_cpu(config) else config.rounds.device)


def trainer(config: TrainingConfig, home: Path) -> Path:
    """Python with XTuner.

    Raises:
        StepFailed: there is none yet.
    """
    if config.xtuner.python is not None:
        return _existing(home / config.xtuner.python, "[training.xtuner] 的 python")
    made = known.training(home)
    if not made.is_complete():
        raise StepFailed("训练环境还没装好。先运行：gongkao env create training")
    return made.python


def quantiser(config: TrainingConfig, home: Path) -> Path:
    """Python with LMDeploy.

    Raises:
        StepFailed: there is none yet.
    """
    if (python := _given(config, home)) is not None:
        return python
    made = environment.turbomind(home)
    if not made.is_complete():
        raise StepFailed(NO_LMDEPLOY)
    return made.python


def engine(config: TrainingConfig) -> str:
    """turbomind or transformers."""
    if config.rounds.engine != "auto":
        return config.rounds.engine
    return "transformers" if on_cpu(config) or not nvidia_gpus() else "turbomind"


def launch(config: TrainingConfig, serving: Serving, home: Path, scratch: Path) -> Launch:
    """How *serving* is started on the round's device.

    Raises:
        StepFailed: its engine is not installed.
    """
    if engine(config) == "turbomind":
        found = engines.turbomind(serving, quantiser(config, home))
    elif (python := _given(config, home)) is not None:
        found = engines.transformers(serving, python, scratch=scratch)
    elif (made := environment.transformers(home)).is_complete():
        found = engines.transformers(serving, made.python, scratch=scratch)
    else:
        # The trainer's environment holds such a server too, of an older version.
        found = engines.transformers_4(serving, trainer(config, home), scratch=scratch)
    # A worker that is killed must not leave a server behind that holds the GPU.
    setpriv = shutil.which("setpriv")
    prefix = (setpriv, "--pdeathsig", "TERM") if setpriv else ()
    return replace(found, command=(*prefix, *found.command), env={**found.env, **device_env(config)})


def _given(config: TrainingConfig, home: Path) -> Path | None:
    """The settings' Python for serving."""
    given = config.rounds.serving_python
    return None if given is None else _existing(home / given, "[training.rounds] 的 serving_python")


def _existing(path: Path, name: str) -> Path:
    if not path.is_file():
        raise StepFailed(f"找不到 {name}：{path}。")
    return path
