"""The separate Python environments that model engines run in, made on first use."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
_STAMP = "complete.sha256"


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

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def is_complete(self) -> bool:
        """Whether exactly the present requirement file was installed to its end."""
        stamp = self.folder / _STAMP
        return self.python.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == self._digest()

    def create(self) -> None:
        """Make it, or finish what an interrupted call began; pip's progress goes to the terminal.

        Raises:
            EnvironmentFailed: too little disk, an unsuitable Python, or pip could not install.
        """
        self._check()
        (self.folder / _STAMP).unlink(missing_ok=True)
        if not self.python.exists():
            _run(
                [sys.executable, "-m", "venv", str(self.folder)],
                "建不了虚拟环境。Debian 和 Ubuntu 请先安装 python3-venv。",
            )
        install = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        _run(
            [*install, "--require-hashes", "-r", str(self.requirements)],
            "依赖没装完（原因见上面）。多半是网络问题，重新运行会接着装。",
        )
        digest = self._digest()
        unfinished = self.folder / f"{_STAMP}.new"
        unfinished.write_text(digest, encoding="utf-8")
        unfinished.replace(self.folder / _STAMP)

    def _check(self) -> None:
        if not self.requirements.is_file():
            raise EnvironmentFailed(
                f"找不到 {self.requirements}。请在项目源码目录里运行，或用 --python 指定装好引擎的 Python。"
            )
        if sys.version_info >= (3, 14):
            raise EnvironmentFailed("LMDeploy 0.18 只支持到 Python 3.13，请用 3.11 到 3.13 的 Python 运行。")
        free_gb = shutil.disk_usage(self.folder.parent).free / 1e9
        if free_gb < self.disk_gb:
            raise EnvironmentFailed(f"磁盘只剩 {free_gb:.1f} GB，装这个环境要留出约 {self.disk_gb:g} GB。")

    def _digest(self) -> str:
        return hashlib.sha256(self.requirements.read_bytes()).hexdigest() if self.requirements.is_file() else ""


def turbomind(home: Path) -> Environment:
    """LMDeploy with CUDA, under *home*."""
    return Environment(home / ".venv-serving", REQUIREMENTS / "serving.txt", download_gb=4.3, disk_gb=14)


def transformers(home: Path) -> Environment:
    """Transformers' own small server, under *home*."""
    return Environment(home / ".venv-serving-cpu", REQUIREMENTS / "serving-cpu.txt", download_gb=2.8, disk_gb=9)


def _run(command: list[str], advice: str) -> None:
    try:
        subprocess.run(command, check=True)  # noqa: S603 - our own command
    except (subprocess.CalledProcessError, OSError) as error:
        raise EnvironmentFailed(advice) from error
