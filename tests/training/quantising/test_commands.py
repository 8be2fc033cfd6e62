"""``python -m training quantise`` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.quantising import fake_lmdeploy
from tests.training.xtuner import facts
from training.__main__ import app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    python = fake_lmdeploy.install(tmp_path / "python")
    (tmp_path / "bot.toml").write_text(
        f'[training.rounds]\nserving_python = "{python}"\n[training.quantising]\nsamples = 3\nwindow = 64\n'
    )
    fake_lmdeploy.model(tmp_path / "model")
    (tmp_path / "v0001").mkdir()
    facts.write(tmp_path / "v0001" / "train.jsonl", facts.turns())
    return tmp_path


def invoke(*words: str):
    return CliRunner().invoke(app, ["quantise", *words])


def test_with_a_training_set(home: Path):
    result = invoke("model", "out/model-awq", "--dataset", "v0001")
    assert result.exit_code == 0, result.output
    assert "用了 12 条校准题" in result.output
    assert f"起服务：gongkao serve {home / 'out' / 'model-awq'}" in result.output
    assert (home / "out" / "model-awq.log").is_file()
    assert "已经量化过" in invoke("out/model-awq", "again", "--dataset", "v0001").output


def test_for_another_program(home: Path):
    result = invoke("model", "out", "--questions", "v0001/train.jsonl", "--window", "80", "--samples", "2", "--json")
    told = json.loads(result.output.splitlines()[-1])["result"]
    assert (told["windows"], told["window"], told["folder"]) == (2, 80, str(home / "out"))
    fake_lmdeploy.install(home / "other", "no memory")
    result = invoke("model", "out2", "--dataset", "v0001", "--python", "other", "--json")
    told = json.loads(result.output.splitlines()[-1])
    assert (result.exit_code, told["error"]) == (1, "gpu_memory")
    assert told["message"].startswith("显存不够")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("model", "out"), "写其中一个"),
        (("model", "out", "--questions", "x", "--dataset", "v0001"), "写其中一个"),
        (("model", "out", "--questions", "none.jsonl"), "读不了"),
        (("model", "out", "--dataset", "model"), "不是训练集文件夹"),
        (("model", "v0001", "--dataset", "v0001"), "已经有东西"),
        (("model", "model/awq", "--dataset", "v0001"), "里面"),
        (("none", "out", "--dataset", "v0001"), "没有这个文件夹"),
        (("model", "out", "--dataset", "v0001", "--python", "nowhere"), "找不到"),
    ],
)
def test_mistakes_are_told_in_a_sentence(home: Path, words: tuple[str, ...], said: str):
    result = invoke(*words)
    assert result.exit_code == 1
    assert said in result.output.replace("\n", "")
    assert not (home / "out").exists()


def test_without_an_engine(home: Path):
    (home / "bot.toml").write_text("")
    assert "先运行一次 gongkao serve" in invoke("model", "out", "--dataset", "v0001").output
    (home / "bot.toml").write_text('[training.rounds]\nserving_python = "gone"\n')
    assert "找不到 [training.rounds] 的 serving_python" in invoke("model", "out", "--dataset", "v0001").output
