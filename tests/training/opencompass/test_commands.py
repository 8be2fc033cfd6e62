"""``python -m training opencompass …`` as a person and another program see it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.training.opencompass.server import FakeServer
from training.opencompass import serving
from training.opencompass.commands import app
from training.opencompass.errors import NotReady, ServerDown
from training.opencompass.results import FILE, Score, Verdict

VERDICT = Verdict(
    subject="/models/7b",
    run="20260101_000000",
    seconds=12.3,
    sets={"holdout": Score(n=18, exact=77.7778, contains=88.8889)},
    parts={},
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings whose Python is there but is no OpenCompass."""
    (tmp_path / "python").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "bot.toml").write_text(f'[training.opencompass]\npython = "{tmp_path / "python"}"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    return tmp_path


def run(*words: str | Path, code: int) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_show_tells_what_a_run_found(tmp_path: Path):
    (tmp_path / FILE).write_text(VERDICT.model_dump_json(), encoding="utf-8")
    shown = run("show", tmp_path, code=0).output
    assert "/models/7b" in shown
    assert "77.8" in shown
    assert "88.9" in shown
    told = json.loads(run("show", tmp_path, "--json", code=0).output)
    assert told["sets"]["holdout"]["n"] == 18
    assert "没有评完" in run("show", tmp_path / "empty", code=1).output


def test_without_the_environment_it_says_what_to_run(tmp_path: Path):
    (tmp_path / "bot.toml").write_text("")
    words = ("run", "--server", "http://127.0.0.1:9", "--dataset", tmp_path, "--out", tmp_path / "out")
    assert "gongkao env create evaluation" in run(*words, code=1).output


@pytest.mark.parametrize("which", [(), ("--model", "m", "--server", "http://h:1")])
def test_it_wants_one_model(which: tuple[str, ...], tmp_path: Path):
    assert "--model" in run("run", *which, "--dataset", tmp_path, "--out", tmp_path / "out", code=1).output


def test_a_server_that_is_down_is_told_before_anything_is_started(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        words = ("run", "--server", url, "--dataset", tmp_path, "--out", tmp_path / "out", "--json-progress")
        told = json.loads(run(*words, code=1).stdout)
    assert told["error"] == "ServerDown"
    assert url in told["message"]
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_model_or_no_set_is_told(tmp_path: Path):
    words = ("--dataset", tmp_path, "--out", tmp_path / "out")
    assert "没有这个文件夹" in run("run", "--model", tmp_path / "no" / "where", *words, code=1).output
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}')
    (model / "model.safetensors").write_bytes(b"weights")
    assert "jsonl" in run("run", "--model", model, *words, code=1).output


def test_a_misspelt_setting_is_told(tmp_path: Path):
    (tmp_path / "bot.toml").write_text("[training.opencompass]\nbatch = 1\n")
    words = ("run", "--server", "http://127.0.0.1:9", "--dataset", tmp_path, "--out", tmp_path / "out")
    assert "batch" in run(*words, code=1).output


async def test_a_servers_model_is_the_first_it_lists_or_the_one_named():
    async with FakeServer({}).running() as server:
        assert (await serving.find(server.url)).model == "gongkao"
        assert (await serving.find(server.url + "/v1", "gongkao")).base == server.url + "/v1"
        with pytest.raises(NotReady, match="有：gongkao"):
            await serving.find(server.url, "7b")
    with pytest.raises(ServerDown):
        await serving.find(server.url)
    with pytest.raises(NotReady, match="http"):
        await serving.find("127.0.0.1:1")
