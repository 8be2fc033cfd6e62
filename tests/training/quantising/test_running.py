"""From a model folder to a quantised one, with a stand-in for LMDeploy in a process of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from inference.chat_template import QWEN3
from inference.serving import model_folder
from tests.training.quantising import fake_lmdeploy
from tests.training.xtuner import facts
from training.quantising import running
from training.quantising.errors import Broken, Cancelled, NotReady
from training.quantising.running import Means, quantise
from training.quantising.settings import QuantisingSettings


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return fake_lmdeploy.model(tmp_path / "model")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return facts.write(tmp_path / "train.jsonl", facts.turns())


@pytest.fixture
def means(tmp_path: Path) -> Means:
    settings = QuantisingSettings(samples=4, window=128)
    return Means(fake_lmdeploy.install(tmp_path / "python"), settings, tmp_path / "log.txt", asyncio.Event())


def drafts(folder: Path) -> list[str]:
    return [place.name for place in folder.iterdir() if place.name.startswith(".")]


async def test_all_but_the_weights_is_as_it_was(tmp_path: Path, model: Path, source: Path, means: Means):
    done = await quantise(model, source, tmp_path / "out", means)
    made = {place.name for place in done.folder.iterdir()}
    assert made == {place.name for place in model.iterdir()}
    for name in ("tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        assert (done.folder / name).read_bytes() == (model / name).read_bytes()
    config = json.loads((done.folder / "config.json").read_text(encoding="utf-8"))
    assert config.pop("quantization_config")["quant_method"] == "awq"
    assert config == fake_lmdeploy.CONFIG | {"torch_dtype": "bfloat16"}
    assert model_folder.quantisation(done.folder) == "awq"
    assert (done.windows, done.window, done.samples, done.dtype) == (4, 128, 32, "bfloat16")
    assert (done.bytes_before, done.bytes_after) == ((model / "model.safetensors").stat().st_size, 40)
    assert set(done.figures()) > {"bytes_before", "bytes_after", "samples", "seconds", "calibration_sha256"}
    assert not drafts(tmp_path)


async def test_the_windows_are_our_questions(tmp_path: Path, model: Path, source: Path, means: Means, monkeypatch):
    seen: list[str] = []
    finish = running._finish

    def looked(subject, made: Path, log: Path):
        seen.append("".join(map(chr, json.loads((made / "seen.json").read_text()))))
        return finish(subject, made, log)

    monkeypatch.setattr(running, "_finish", looked)
    await quantise(model, source, tmp_path / "out", means)
    assert any(QWEN3.render(turn, with_answer=True)[:128] == seen[0] for turn in facts.turns())


async def test_little_text_makes_fewer_and_shorter_windows(tmp_path: Path, model: Path, means: Means):
    source = tmp_path / "few.jsonl"
    source.write_text(json.dumps("字" * 100), encoding="utf-8")
    done = await quantise(model, source, tmp_path / "out", means)
    assert (done.windows, done.window) == (1, 100)
    # As many windows as tokens: LMDeploy would take the positions for a batch.
    source.write_text(json.dumps("字" * 64 * 64), encoding="utf-8")
    settings = QuantisingSettings(samples=64, window=64)
    done = await quantise(model, source, tmp_path / "out", replace(means, settings=settings))
    assert (done.windows, done.window) == (63, 64)
    source.write_text(json.dumps("字" * 63), encoding="utf-8")
    with pytest.raises(Broken, match="题太少"):
        await quantise(model, source, tmp_path / "out", means)
    assert (tmp_path / "out" / "model.safetensors").exists()


async def test_a_text_may_hold_any_separator_of_lines(tmp_path: Path, model: Path, means: Means):
    source = tmp_path / "pasted.jsonl"
    source.write_text(json.dumps("字\u2028\u2029\x85" * 40, ensure_ascii=False), encoding="utf-8")
    done = await quantise(model, source, tmp_path / "out", means)
    assert (done.windows, done.window) == (1, 128)


async def test_a_window_is_no_longer_than_the_model_reads(tmp_path: Path, source: Path, means: Means):
    model = fake_lmdeploy.model(tmp_path / "short", max_position_embeddings=96)
    assert (await quantise(model, source, tmp_path / "out", means)).window == 96


async def test_an_old_card_computes_in_float16(tmp_path: Path, model: Path, source: Path, means: Means):
    fake_lmdeploy.install(means.python, "old card")
    done = await quantise(model, source, tmp_path / "out", means)
    assert json.loads((done.folder / "config.json").read_text())["torch_dtype"] == done.dtype == "float16"


@pytest.mark.parametrize(
    ("does", "kind"),
    [
        ("no cuda", "no_cuda"),
        ("no memory", "gpu_memory"),
        ("unsupported", "unsupported"),
        ("disk full", "disk"),
        ("half", "unknown"),
    ],
)
async def test_a_failure_is_told_and_leaves_what_was_there(
    tmp_path: Path, model: Path, source: Path, means: Means, does: str, kind: str
):
    fake_lmdeploy.install(means.python, does)
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    with pytest.raises(Broken) as caught:
        await quantise(model, source, out, means)
    assert caught.value.failure.kind == kind
    assert str(means.log) in str(caught.value)
    assert [place.name for place in out.iterdir()] == ["old"]
    assert not drafts(tmp_path)


async def test_without_lmdeploy(tmp_path: Path, model: Path, source: Path, means: Means):
    engine = shutil.copytree(fake_lmdeploy.ENGINE, tmp_path / "engine")
    shutil.rmtree(engine / "lmdeploy")
    means.python.write_text(means.python.read_text().replace(str(fake_lmdeploy.ENGINE), str(engine)))
    with pytest.raises(Broken, match="没有 LMDeploy"):
        await quantise(model, source, tmp_path / "out", means)
    means.python.unlink()
    with pytest.raises(NotReady, match="启动不了"):
        await quantise(model, source, tmp_path / "out", means)


async def test_it_can_be_stopped(tmp_path: Path, model: Path, source: Path, means: Means):
    fake_lmdeploy.install(means.python, "slow")
    told: list[tuple[str, int, int]] = []
    means = replace(means, report=lambda *progress: told.append(progress))
    work = asyncio.create_task(quantise(model, source, tmp_path / "out", means))
    while not (model / "busy").exists() or ("校准", 1, 2) not in told:
        assert not work.done()
        await asyncio.sleep(0.05)
    means.stop.set()
    with pytest.raises(Cancelled):
        await work
    assert not drafts(tmp_path)
    assert not (tmp_path / "out").exists()


async def test_what_a_killed_one_left_is_removed(tmp_path: Path, model: Path, source: Path, means: Means):
    (tmp_path / ".out-0123abcd" / "made").mkdir(parents=True)
    (tmp_path / ".out-of-the-way").mkdir()
    await quantise(model, source, tmp_path / "out", means)
    assert drafts(tmp_path) == [".out-of-the-way"]


async def test_a_disk_too_full_is_told_first(tmp_path: Path, model: Path, source: Path, means: Means, monkeypatch):
    monkeypatch.setattr(running, "_SPARE_GB", 1e9)
    with pytest.raises(NotReady, match="磁盘只剩"):
        await quantise(model, source, tmp_path / "out", means)
    assert not drafts(tmp_path)
