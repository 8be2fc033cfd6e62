"""Each step from files to files, with a stand-in for XTuner."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inference.chat_template import QWEN3
from tests.training.weights import safetensors
from tests.training.xtuner import facts
from training.xtuner import steps, terminal
from training.xtuner.errors import Cancelled, NotReady, StepBroken
from training.xtuner.progress import Progress
from training.xtuner.settings import XtunerSettings

STAND_IN = Path(__file__).with_name("stand_in.py")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    place = tmp_path / "python"
    place.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    place.chmod(0o755)
    return place


@pytest.fixture
def means(tmp_path: Path, python: Path) -> steps.Means:
    return steps.Means(python, XtunerSettings(), tmp_path / "log.txt", tmp_path / "scratch", asyncio.Event())


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3"}))
    (folder / "model.safetensors").write_bytes(safetensors())
    return folder


def config(folder: Path, text: str = "") -> Path:
    place = folder / "config.py"
    place.write_text(f"# {text}\n")
    return place


async def test_training_tells_how_far_it_is(tmp_path: Path, means: steps.Means):
    told: list[Progress] = []
    done = await steps.train(config(tmp_path), tmp_path / "work", means, tell=told.append)
    assert done.checkpoint == tmp_path / "work" / "iter_40.pth"
    assert (told[-1].done, told[-1].total) == (40, 40)
    assert done.progress.points[-1].loss == pytest.approx(1 / 40)


async def test_where_even_the_log_had_no_room_the_disk_is_blamed(
    tmp_path: Path, means: steps.Means, python: Path, monkeypatch: pytest.MonkeyPatch
):
    python.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(StepBroken, match="退出码 1"):
        await steps.train(config(tmp_path), tmp_path / "work", means)
    monkeypatch.setattr(steps, "_FULL", 1 << 62)
    with pytest.raises(StepBroken, match="磁盘满了。清出空间"):
        await steps.train(config(tmp_path), tmp_path / "work", means)


async def test_what_a_killed_step_left_is_removed(tmp_path: Path, means: steps.Means):
    left = tmp_path / ".adapter-0a1b2c3d"
    left.mkdir()
    await steps.convert(config(tmp_path), tmp_path / "iter_40.pth", tmp_path / "adapter", means)
    assert not left.exists()
    assert (tmp_path / "adapter").is_dir()


@pytest.mark.parametrize(
    ("does", "kind"),
    [
        ("go nan slowly", "nan"),
        ("go up slowly", "diverged"),
        # Its exit code is 0.
        ("go nan", "nan"),
        ("go out of memory", "gpu_memory"),
        ("no checkpoint", "unknown"),
    ],
)
async def test_a_training_that_goes_wrong_is_ended_and_told(tmp_path: Path, means: steps.Means, does: str, kind: str):
    with pytest.raises(StepBroken) as caught:
        await steps.train(config(tmp_path, does), tmp_path / "work", means)
    assert caught.value.failure.kind == kind
    assert str(tmp_path / "log.txt") in str(caught.value)


async def test_after_a_training_that_went_wrong_the_next_begins_anew(tmp_path: Path, means: steps.Means):
    work = tmp_path / "work"
    with pytest.raises(StepBroken):
        await steps.train(config(tmp_path, "go nan"), work, means)
    (work / "iter_40.pth").rename(work / "iter_30.pth")
    done = await steps.train(config(tmp_path), work, means)
    assert done.checkpoint.name == "iter_40.pth"
    assert [place.name for place in work.glob("*.pth")] == ["iter_40.pth"]
    assert (tmp_path / "work-wrong" / "iter_30.pth").exists()


async def test_cancelling(tmp_path: Path, means: steps.Means):
    means.stop.set()
    with pytest.raises(Cancelled):
        await steps.train(config(tmp_path), tmp_path / "work", means)


async def test_no_interpreter(tmp_path: Path, means: steps.Means):
    means.python.unlink()
    with pytest.raises(NotReady, match="启动不了"):
        await steps.train(config(tmp_path), tmp_path / "work", means)


async def test_converting_replaces_what_is_there_only_when_it_is_whole(tmp_path: Path, means: steps.Means):
    adapter, checkpoint = tmp_path / "adapter", tmp_path / "iter_40.pth"
    adapter.mkdir()
    (adapter / "old").touch()
    for does, kind in (("no weights", "unknown"), ("fail late", "disk")):
        with pytest.raises(StepBroken) as caught:
            await steps.convert(config(tmp_path, does), checkpoint, adapter, means)
        assert caught.value.failure.kind == kind
        assert (adapter / "old").exists()
    await steps.convert(config(tmp_path), checkpoint, adapter, means)
    assert sorted(place.name for place in adapter.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert not [place for place in tmp_path.iterdir() if place.name.startswith(".adapter")]


async def test_a_merged_model_has_our_template(tmp_path: Path, means: steps.Means, base: Path):
    model = tmp_path / "model"
    await steps.merge(base, tmp_path / "adapter", model, QWEN3, means)
    assert (model / "chat_template.jinja").read_text(encoding="utf-8") == QWEN3.jinja()
    half = base.rename(tmp_path / "half")
    with pytest.raises(StepBroken, match="不是完整的模型"):
        await steps.merge(half, tmp_path / "adapter", model, QWEN3, means)
    assert (model / "model.safetensors").exists()


# Commands


@pytest.fixture
def home(tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    (tmp_path / "bot.toml").write_text(f'[training.xtuner]\npython = "{python}"\nbatch_size = 5\nmax_epochs = 2\n')
    facts.write(tmp_path / "train.jsonl", facts.turns())
    return tmp_path


def invoke(*words: str):
    return CliRunner().invoke(terminal.app, list(words))


def test_the_whole_chain_by_hand(home: Path, base: Path):
    result = invoke("render", "--base", "base", "--data", "train.jsonl", "--title", "试一试", "--cpu")
    assert result.output == "写好了 config.py：50 段对话，20 步。\n"
    assert (home / "config.py").read_text(encoding="utf-8").startswith("# XTuner 0.2.0: 试一试\n")
    assert "iter_40.pth" in invoke("train", "config.py").output
    assert invoke("convert", "config.py").exit_code == 0
    assert (home / "adapter" / "adapter_model.safetensors").is_file()
    result = invoke("merge", "--base", "base", "--json")
    told = json.loads(result.output.splitlines()[-1])["result"]
    assert told["folder"] == "model"
    assert (home / "model" / "chat_template.jinja").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render", "--base", "none", "--data", "train.jsonl"), "没有这个文件夹"),
        (("render", "--base", "base", "--data", "none.jsonl"), "读不了"),
        (("convert", "config.py"), "先训练"),
        (("merge", "--base", "base"), "xtuner convert"),
        (("estimate", "--base", "base", "--data", "train.jsonl"), "hidden_size"),
    ],
)
def test_mistakes_are_told_in_a_sentence(home: Path, base: Path, words, said: str):
    result = invoke(*words)
    assert result.exit_code == 1
    assert said in result.output.replace("\n", "")


def test_a_failure_for_another_program(home: Path):
    config(home, "go out of memory")
    result = invoke("train", "config.py", "--json")
    assert result.exit_code == 1
    told = json.loads(result.output.splitlines()[-1])
    assert told["error"] == "gpu_memory"
    assert told["message"].startswith("显存不够")


def test_an_estimate(home: Path, base: Path):
    sizes = {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16}
    (base / "config.json").write_text(json.dumps({"model_type": "qwen3", "vocab_size": 151936, **sizes}))
    assert "按公式估算" in invoke("estimate", "--base", "base", "--data", "train.jsonl").output
