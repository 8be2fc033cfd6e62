"""What the benchmark on a GPU starts and changes is put right however it ends."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import cast

import pytest

from benchmarks.gpu import group_rounds
from benchmarks.gpu.group_rounds import Stage, play, poisoned
from tests.peer import BotProcess, Peer


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "asked.jsonl").touch()
    (tmp_path / "home" / "data").mkdir(parents=True)
    return Stage(tmp_path, argparse.Namespace(server="none", trainer="none", port=23400))


@pytest.mark.parametrize("fails", ["bot", "server"])
async def test_nothing_runs_on_when_something_does_not_start(stage: Stage, monkeypatch: pytest.MonkeyPatch, fails: str):
    ended: list[str] = []

    async def start(self: BotProcess) -> None:
        self.process = cast("asyncio.subprocess.Process", object())
        assert fails != "bot"

    async def serve(self: Stage, model: Path | None) -> None:
        assert fails != "server"

    async def stop(self: BotProcess) -> int:
        ended.append("bot")
        return 0

    async def stop_server(self: Stage) -> None:
        ended.append("server")
        raise ProcessLookupError

    monkeypatch.setattr(BotProcess, "start", start)
    monkeypatch.setattr(BotProcess, "stop", stop)
    monkeypatch.setattr(Stage, "serve", serve)
    monkeypatch.setattr(Stage, "stop_server", stop_server)
    with pytest.raises(ProcessLookupError):
        await play(stage, set())
    assert ended == ["server", "bot"]


async def test_a_bank_is_as_it_was_after_a_round_that_failed(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    stage.database(
        "CREATE TABLE question (id INTEGER, kind TEXT, answer TEXT)",
        "INSERT INTO question VALUES (1, 'judge', '正确'), (2, 'short', '长城'), (3, 'single', 'A')",
    )
    before = stage.database("SELECT * FROM question")

    async def broken(*_: object) -> int:
        assert stage.database("SELECT * FROM question") != before
        raise AssertionError("the worker is gone")

    monkeypatch.setattr(group_rounds, "round_of", broken)
    with pytest.raises(AssertionError, match="the worker is gone"):
        await poisoned(cast("Peer", None), stage)
    assert stage.database("SELECT * FROM question") == before
    assert stage.database("SELECT count(*) FROM sqlite_master") == [[(1,)]]
