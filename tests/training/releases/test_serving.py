"""What ``gongkao serve`` makes of its command line; as a process it is in ``tests/bot/cli/test_serve_command.py``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.releases.conftest import model
from training.__main__ import app
from training.releases import serving
from training.releases.machine import Machine

Asked = tuple[Path | None, tuple[str, ...]]


@pytest.fixture
def asked(tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asked]:
    """The folder and the engine's arguments that a command line asks for."""
    monkeypatch.chdir(tmp_path)

    def ask(*words: object) -> Asked:
        kept: list[Asked] = []

        async def keep(machine: Machine, folder: Path | None) -> None:
            kept.append((folder, machine.config.extra))

        monkeypatch.setattr(serving, "_keep", keep)
        monkeypatch.setattr(serving, "_log", lambda _: None)
        chosen = ("serve", "--engine", "transformers", "--python", python)
        found = CliRunner().invoke(app, [*map(str, chosen), *map(str, words)])
        assert found.exit_code == 0, found.output
        return kept[0]

    return ask


def test_the_engines_arguments_come_after_two_dashes(asked: Callable[..., Asked], tmp_path: Path):
    folder = model(tmp_path / "m")
    assert asked() == (None, ())
    assert asked("m") == (folder, ())
    assert asked("m", "--", "--foo", "1") == (folder, ("--foo", "1"))
    assert asked("--", "--foo", "1") == (None, ("--foo", "1"))
    assert asked("--", "m", "--", "n") == (None, ("m", "--", "n"))


def test_a_second_word_is_not_taken_for_the_engines(asked: Callable[..., Asked], tmp_path: Path):
    model(tmp_path / "my")
    with pytest.raises(AssertionError, match="写在 -- 后面"):
        asked("my", "model")
