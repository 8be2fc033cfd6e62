"""A real virtual environment from a pinned file, with a wheel made on the spot instead of gigabytes."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from inference.serving import environment
from inference.serving.environment import Environment, EnvironmentFailed


def wheel(folder: Path, version: str) -> str:
    """A package ``tiny`` in *folder*; the line that pins it."""
    info = f"tiny-{version}.dist-info"
    file = folder / f"tiny-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return f"tiny=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def make(tmp_path: Path) -> Environment:
    return Environment(tmp_path / ".venv-x", tmp_path / "x.txt", download_gb=0.1, disk_gb=0.1)


@pytest.mark.slow
def test_it_is_made_once_and_completed_again_when_the_pins_change(tmp_path: Path, wheels: Path):
    wanted = make(tmp_path)
    wanted.requirements.write_text(wheel(wheels, "1.0"))
    assert not wanted.is_complete()
    wanted.create()
    assert wanted.is_complete()
    assert version_in(wanted) == "1.0"

    wanted.requirements.write_text(wheel(wheels, "2.0"))
    assert not wanted.is_complete()
    wanted.create()
    assert wanted.is_complete()
    assert version_in(wanted) == "2.0"

    # A download that is not what was pinned is refused, and the environment counts as unfinished.
    wanted.requirements.write_text(wheel(wheels, "3.0").replace("sha256:", "sha256:0")[:-2] + "\n")
    with pytest.raises(EnvironmentFailed, match="没装完"):
        wanted.create()
    assert not wanted.is_complete()


def test_too_little_disk_is_told_before_the_download(tmp_path: Path):
    wanted = Environment(tmp_path / ".venv-x", tmp_path / "x.txt", download_gb=1, disk_gb=10**9)
    wanted.requirements.write_text("")
    with pytest.raises(EnvironmentFailed, match="磁盘只剩"):
        wanted.create()
    assert not wanted.folder.exists()


def test_a_missing_requirement_file_is_told(tmp_path: Path):
    with pytest.raises(EnvironmentFailed, match=r"x\.txt"):
        make(tmp_path).create()


@pytest.mark.parametrize("engine", [environment.turbomind, environment.transformers])
def test_the_shipped_requirement_files_are_pinned_by_hash_and_name_no_index(engine, tmp_path: Path):
    text = engine(tmp_path).requirements.read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert "://" not in text
    assert not any(line.startswith("-") for line in pins)


def version_in(wanted: Environment) -> str:
    return subprocess.run(
        [wanted.python, "-c", "import tiny; print(tiny.VERSION)"], capture_output=True, text=True, check=True
    ).stdout.strip()
