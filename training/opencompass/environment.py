"""The environment that OpenCompass runs in.

Its requirement file was locked, as the Makefile's LOCK does, from opencompass 0.5.4 with
what it leaves open: numpy 1.26.4, pyarrow 20.0.0 (newer ones need numpy 2), pandas 2.3.3,
datasets 3.6.0, transformers 4.57.6, openai 2.45.0, torch 2.13.0.
"""

from __future__ import annotations

from pathlib import Path

from inference.serving.environment import REQUIREMENTS, Environment
from training.opencompass.errors import NotReady
from training.opencompass.settings import OpencompassSettings

NAME = "evaluation"
NEWEST_PYTHON = (3, 12)
"""numpy 1.26 and tree-sitter-languages have no wheels for later ones."""
MINUTES = 3
"""To make it with a fast network; 177 s measured."""
CHECK = ("-c", "import numpy, pyarrow, torch, transformers, openai; from opencompass.cli.main import main; print('ok')")
"""Arguments for its Python that prove it usable; the imports take 7 to 20 seconds."""


def evaluation(home: Path) -> Environment:
    """OpenCompass with CUDA's torch, under *home*."""
    return Environment(home / f".venv-{NAME}", REQUIREMENTS / f"{NAME}.txt", download_gb=3.1, disk_gb=10)


def python(home: Path, settings: OpencompassSettings) -> Path:
    """The interpreter to run OpenCompass with.

    Raises:
        NotReady: there is none.
    """
    if settings.python is not None:
        # Not resolved: a virtual environment is known by the path of its link.
        given = home / settings.python.expanduser()
        if not given.is_file():
            raise NotReady(f"找不到 [training.opencompass] 的 python：{given}。")
        return given
    made = evaluation(home)
    if not made.is_complete():
        raise NotReady(f"评测环境还没装好（{made.folder}）。先运行：gongkao env create {NAME}")
    return made.python
