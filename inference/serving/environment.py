"""The separate Python environments that model engines and trainers run in, made on first use."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Variant = Literal["cpu", "cuda"]
REQUIREMENTS = Path(__file__).parents[2] / "requirements"
_STAMP = "complete.sha256"
_CHECK_S = 600


class EnvironmentFailed(Exception):
    """The environment could not be made; the message is Chinese and says what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with the packages of one pinned requirement file."""

    folder: Path
    requirements: Path
    download_gb: float
    """Sum of its wheels for Linux x86-64, in GB."""
    disk_gb: float
    """Needed while it is installed, in GB: roughly what is downloaded and what is unpacked."""
    nodeps: Path | None = None
    """Another requirement file, whose packages are installed without what they say they need."""
    newest_python: tuple[int, int] = (3, 13)
    """There are no wheels for later ones."""
    check: tuple[str, ...] = ()
    """Arguments for its Python that prove it usable; exit code 0 when it is."""
    check_env: Mapping[str, str] = field(default_factory=dict[str, str])
    advice: str = "多半是网络问题，重新运行会接着装。"
    """Told when pip could not install."""

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def is_complete(self) -> bool:
        """Whether exactly the present requirement files were installed to their end."""
        stamp = self.folder / _STAMP
        return self.python.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == self._digest()

    def create(self) -> None:
        """Make it, or finish what an interrupted call began; pip's progress goes to the terminal.

        What cannot be finished, because its Python is gone or :attr:`check` fails, is made anew.

        Raises:
            EnvironmentFailed: too little disk, an unsuitable Python, or pip could not install.
        """
        self._check()
        (self.folder / _STAMP).unlink(missing_ok=True)
        begun = self.python.exists() and self._runs()
        self._install(anew=not begun)
        if begun and not self.is_sound():
            # pip takes a package that was half unpacked for installed.
            self._install(anew=True)
            begun = False
        if not begun and not self.is_sound():
            raise EnvironmentFailed(f"{self.folder} 装好了，却用不起来（原因见上面）。")
        unfinished = self.folder / f"{_STAMP}.new"
        unfinished.write_text(self._digest(), encoding="utf-8")
        unfinished.replace(self.folder / _STAMP)

    def is_sound(self) -> bool:
        """Whether :attr:`check` succeeds now; takes as long as its imports."""
        if not self.check:
            return True
        env = {**os.environ, **self.check_env}
        try:
            done = subprocess.run([self.python, *self.check], env=env, check=False, timeout=_CHECK_S)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def _install(self, *, anew: bool) -> None:
        if anew:
            shutil.rmtree(self.folder, ignore_errors=True)
            _run(
                [sys.executable, "-m", "venv", str(self.folder)],
                "建不了虚拟环境。Debian 和 Ubuntu 请先安装 python3-venv。",
            )
        install = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        failed = f"依赖没装完（原因见上面）。{self.advice}"
        _run([*install, "--require-hashes", "-r", str(self.requirements)], failed)
        if self.nodeps is not None:
            _run([*install, "--require-hashes", "--no-deps", "-r", str(self.nodeps)], failed)

    def _check(self) -> None:
        for file in (self.requirements, self.nodeps):
            if file is not None and not file.is_file():
                raise EnvironmentFailed(
                    f"找不到 {file}。请在项目源码目录里运行，或用 --python 指定装好这些包的 Python。"
                )
        if sys.version_info[:2] > self.newest_python:
            newest = ".".join(map(str, self.newest_python))
            raise EnvironmentFailed(f"这个环境只支持到 Python {newest}，请用 3.11 到 {newest} 的 Python 运行。")
        if self.folder.exists() and not (self.folder / "pyvenv.cfg").is_file() and any(self.folder.iterdir()):
            # It may be somebody's, and it would be deleted.
            raise EnvironmentFailed(f"{self.folder} 里已有别的东西，请换一个空文件夹。")
        place = next(place for place in self.folder.absolute().parents if place.exists())
        free_gb = shutil.disk_usage(place).free / 1e9
        if free_gb < self.disk_gb:
            raise EnvironmentFailed(f"磁盘只剩 {free_gb:.1f} GB，装这个环境要留出约 {self.disk_gb:g} GB。")

    def _runs(self) -> bool:
        """Whether its Python starts and is of the version that would be taken today."""
        wanted = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
        try:
            return subprocess.run([self.python, "-c", wanted], check=False, timeout=_CHECK_S).returncode == 0  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            return False

    def _digest(self) -> str:
        files = [file for file in (self.requirements, self.nodeps) if file is not None and file.is_file()]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() if files else ""


def turbomind(home: Path) -> Environment:
    """LMDeploy with CUDA, under *home*."""
    return Environment(home / ".venv-serving", REQUIREMENTS / "serving.txt", download_gb=4.3, disk_gb=14)


def transformers(home: Path) -> Environment:
    """Transformers' own small server, under *home*."""
    return Environment(home / ".venv-serving-cpu", REQUIREMENTS / "serving-cpu.txt", download_gb=2.8, disk_gb=9)


def training(home: Path, variant: Variant | None = None) -> Environment:
    """XTuner with 4-bit training, under *home*; without a *variant* the one that is installed, else cuda.

    The cuda one runs on a CPU as well, but takes three times the disk.
    """
    if variant is None:
        variant = "cpu" if training(home, "cpu").is_complete() else "cuda"
    folder = home / ".venv-training"
    if variant == "cuda":
        return Environment(
            folder,
            REQUIREMENTS / "training.txt",
            download_gb=3,
            disk_gb=10,
            nodeps=REQUIREMENTS / "training-nodeps.txt",
        )
    return Environment(
        folder,
        REQUIREMENTS / "training-cpu.txt",
        download_gb=0.5,
        disk_gb=3,
        nodeps=REQUIREMENTS / "training-cpu-nodeps.txt",
        # The one wheel of torch for CPUs whose hash is known is for this version.
        newest_python=(3, 11),
        advice="断了网就重新运行，会接着装。pip 找不到 torch 的 CPU 版的话，让 PIP_EXTRA_INDEX_URL 或 PIP_FIND_LINKS "
        "指向 PyTorch 的 CPU 版，或者改用 --variant cuda（没有显卡也能用，只是大些）。",
    )


def _run(command: list[str], advice: str) -> None:
    try:
        subprocess.run(command, check=True)  # noqa: S603 - our own command
    except (subprocess.CalledProcessError, OSError) as error:
        raise EnvironmentFailed(advice) from error
