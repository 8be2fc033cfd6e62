"""``python -m training preferences …`` and ``gongkao preferences …`` as a person and another program see them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from store.db import Sessions
from tests.training.preferences.battles import battle, fight, fill
from tests.training.rounds.real import opened
from training.__main__ import app

ACCOUNTED = "一共 7 场：能用 2 场，不分上下 2 场，都不对 1 场，没人投票 1 场，两边答得一样 1 场。"


class Home:
    """A folder with settings and a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bot.toml").touch()

    def change(self, work: Callable[[Sessions], Coroutine[Any, Any, None]]) -> None:
        async def within() -> None:
            async with opened(self.folder) as home:
                await work(home.sessions)

        asyncio.run(within())

    def run(self, *words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["preferences", *words], env={"COLUMNS": "40"})
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    def told(self, *words: str, code: int = 0) -> dict[str, Any]:
        (line,) = self.run(*words, "--json", code=code).stdout.splitlines()
        return json.loads(line)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("GONGKAO_CONFIG", str(tmp_path / "bot.toml"))
    monkeypatch.delenv("GONGKAO_DATABASE_URL", raising=False)
    return Home(tmp_path)


def test_a_person_reads_what_became_of_every_battle(home: Home):
    home.change(fill)
    file = home.folder / "data" / "preferences" / "v0001.jsonl"
    first, second, third, *more = home.run("build").stdout.splitlines()
    assert (first, second, more) == (f"写好了 v0001。{ACCOUNTED}", str(file), [])
    manifest = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert third == f"sha256 {manifest['sha256']}"
    assert home.run("build").stdout == f"和 v0001 一样，没有新东西。\n{ACCOUNTED}\n"


def test_a_program_reads_json(home: Home):
    home.change(fill)
    told = home.told("build")["result"]
    assert told["text"].startswith(f"写好了 v0001。{ACCOUNTED}")
    assert (told["version"], told["fresh"]) == ("v0001", True)
    assert told["battles"] == {"written": 2, "tie": 2, "neither": 1, "no_votes": 1, "same_text": 1, "held_out": 0}
    assert home.told("build")["result"] == told | {
        "text": f"和 v0001 一样，没有新东西。\n{ACCOUNTED}",
        "fresh": False,
    }


def test_another_folder_has_versions_of_its_own(home: Home, monkeypatch: pytest.MonkeyPatch):
    home.change(fill)
    home.run("build")
    elsewhere = home.folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    told = home.told("build", "--to", "给别人")["result"]
    assert (told["version"], told["fresh"]) == ("v0001", True)
    assert told["file"] == str(elsewhere / "给别人" / "v0001.jsonl")


def test_mistakes_are_one_chinese_sentence_and_exit_code_1(home: Home):
    assert home.run("build", code=1).stderr.startswith("还没有盲评过，没有东西可写。")
    home.change(lambda sessions: fight(sessions, (battle(1), {"both": 1}), (battle(2), {})))
    assert home.told("build", code=1)["error"] == (
        "还没有哪一场分出胜负，先不写。一共 2 场：不分上下 1 场，没人投票 1 场。"
    )
    home.change(lambda sessions: fight(sessions, (battle(3), {"serving": 1})))
    (home.folder / "file").touch()
    said = home.run("build", "--to", str(home.folder / "file"), code=1).stderr
    assert said.startswith("读写文件出错：")
    assert str(home.folder / "file") in said


@pytest.mark.slow
def test_the_gongkao_command_hands_over(home: Home):
    home.change(fill)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "preferences", "build", "--json"],
        cwd=home.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["version"] == "v0001"
