"""Making the environments, with a wheel made on the spot instead of gigabytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inference.serving import environment
from inference.serving.environment import Environment, EnvironmentFailed
from training.environments import commands, known

HAS_TINY = ("-c", "import tiny")


def wheel(folder: Path, name: str, needs: str = "") -> str:
    """A package *name* in *folder*; the line that pins it."""
    info, file = f"{name}-1.0.dist-info", folder / f"{name}-1.0-py3-none-any.whl"
    more = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "VALUE = 1\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    (tmp_path / "x.txt").write_text(wheel(wheels, "tiny"))
    # As xtuner does, it wants what it must not get.
    (tmp_path / "x-nodeps.txt").write_text(wheel(wheels, "greedy", needs="nowhere==9"))
    return Environment(
        tmp_path / "made" / "x",
        tmp_path / "x.txt",
        download_gb=0.1,
        disk_gb=0.1,
        nodeps=tmp_path / "x-nodeps.txt",
        check=HAS_TINY,
    )


def library(made: Environment) -> Path:
    return next((made.folder / "lib").glob("python*/site-packages"))


@pytest.mark.slow
def test_what_is_broken_is_made_anew_and_what_is_unfinished_is_finished(wanted: Environment):
    wanted.create()
    assert wanted.is_complete()
    assert (library(wanted) / "greedy.py").is_file()

    # Half unpacked: pip believes that it is there.
    (library(wanted) / "tiny.py").unlink()
    assert not wanted.is_sound()
    wanted.create()
    assert (library(wanted) / "tiny.py").is_file()

    # Killed before the end: a marker shows that the folder is gone on with, not made anew.
    (wanted.folder / "complete.sha256").unlink()
    (wanted.folder / "marker").write_text("")
    assert not wanted.is_complete()
    wanted.create()
    assert wanted.is_complete()
    assert (wanted.folder / "marker").exists()

    # The Python that it was made with is gone.
    wanted.python.unlink()
    wanted.python.symlink_to("/nonexistent/python3")
    assert not wanted.is_complete()
    wanted.create()
    assert wanted.is_sound()
    assert not (wanted.folder / "marker").exists()


@pytest.mark.slow
def test_one_that_never_works_is_not_called_complete(wanted: Environment):
    broken = replace(wanted, check=("-c", "import absent"))
    with pytest.raises(EnvironmentFailed, match="用不起来"):
        broken.create()
    assert not broken.is_complete()


def test_somebodys_folder_is_left_alone(wanted: Environment):
    wanted.folder.mkdir(parents=True)
    (wanted.folder / "thesis.doc").write_text("")
    with pytest.raises(EnvironmentFailed, match="换一个空文件夹"):
        wanted.create()
    assert (wanted.folder / "thesis.doc").exists()


def test_a_python_that_is_too_new_is_told(wanted: Environment):
    with pytest.raises(EnvironmentFailed, match=r"只支持到 Python 3\.9"):
        replace(wanted, newest_python=(3, 9)).create()
    assert not wanted.folder.exists()


@pytest.mark.parametrize("variant", ["cpu", "cuda"])
def test_the_shipped_requirement_files_are_pinned_by_hash_and_name_no_index(variant, tmp_path: Path):
    made = known.find("training", tmp_path, variant).environment
    assert made.nodeps is not None
    for file in (made.requirements, made.nodeps):
        text = file.read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert "://" not in text
        assert not any(line.startswith("-") for line in pins)
    assert "xtuner==0.2.0" in made.nodeps.read_text(encoding="utf-8")
    assert ("torch==2.13.0+cpu" in made.requirements.read_text(encoding="utf-8")) == (variant == "cpu")


def test_both_variants_pin_the_same_versions_but_for_torch():
    def pins(name: str) -> dict[str, str]:
        text = (environment.REQUIREMENTS / name).read_text(encoding="utf-8")
        lines = [line.split(" ")[0] for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        return dict(line.split("==") for line in lines)

    cpu, cuda = pins("training-cpu.txt"), pins("training.txt")
    assert {name for name, version in cpu.items() if cuda[name] != version} == {"torch"}


def test_the_one_that_is_installed_is_found_whatever_it_is(tmp_path: Path):
    made = environment.training(tmp_path, "cpu")
    made.python.parent.mkdir(parents=True)
    made.python.touch()
    with pytest.raises(EnvironmentFailed, match="gongkao env create training"):
        known.training_python(tmp_path, None)
    digest = hashlib.sha256(made.requirements.read_bytes() + made.nodeps.read_bytes()).hexdigest()
    (made.folder / "complete.sha256").write_text(digest)
    assert known.training_python(tmp_path, None) == made.python
    assert environment.training(tmp_path).requirements == made.requirements


def test_a_given_interpreter_comes_first(tmp_path: Path):
    assert known.training_python(tmp_path, Path(sys.executable)) == Path(sys.executable)
    with pytest.raises(EnvironmentFailed, match=r"\[training\.xtuner\]"):
        known.training_python(tmp_path, Path("none/python"))


@pytest.mark.parametrize(
    ("gpus", "found", "variant"),
    [(["NVIDIA H200"], 0, "cuda"), ([], 0, "cpu"), ([], 1, "cuda")],
)
def test_the_variant_is_that_of_the_machine(monkeypatch, gpus, found, variant):
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the CPU variant is for Python 3.11")
    monkeypatch.setattr(known, "nvidia_gpus", lambda: gpus)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, found))
    assert known.detect() == variant


# Commands


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    return tmp_path


def invoke(*words: str):
    return CliRunner().invoke(commands.app, list(words))


def test_size_and_time_are_told_before_anything_is_fetched(home: Path):
    result = invoke("create", "training", "--variant", "cuda")
    assert result.exit_code == 1
    assert "下载约 3 GB" in result.output
    assert "分钟" in result.output
    assert "--yes" in result.output
    assert not (home / ".venv-training").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "traning"), "可用的有：training、evaluation"),
        (("create", "training", "--variant", "rocm"), "cpu 或 cuda"),
        (("check", "training"), "还没装好"),
        (("check", "nothing"), "可用的有"),
    ],
)
def test_mistakes_are_told_in_a_sentence(home: Path, words, said: str):
    result = invoke(*words)
    assert result.exit_code == 1
    assert said in result.output.replace("\n", "")


def test_the_list_names_every_environment(home: Path):
    result = invoke("list")
    assert result.exit_code == 0
    assert [line.split("　")[:2] for line in result.output.splitlines()] == [
        ["training", "没装"],
        ["evaluation", "没装"],
    ]


@pytest.mark.slow
def test_it_is_made_where_it_was_asked_for(home: Path, wanted: Environment, monkeypatch: pytest.MonkeyPatch):
    def find(name, home, variant, folder=None):
        return known.Known(name, "小东西", 1, replace(wanted, folder=folder or wanted.folder))

    monkeypatch.setattr(commands, "find", find)
    result = invoke("create", "training", "--variant", "cpu", "--at", "here", "--yes")
    assert result.exit_code == 0, result.output
    assert (home / "here" / "complete.sha256").is_file()
    assert "已经装好了" in invoke("create", "training", "--variant", "cpu", "--at", "here").output
    assert "能用" in invoke("check", "training", "--at", "here").output
    (library(replace(wanted, folder=home / "here")) / "tiny.py").unlink()
    assert "坏了" in invoke("check", "training", "--at", "here").output.replace("\n", "")
