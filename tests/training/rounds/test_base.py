"""Bases that no round can start from: what is said of them, and when."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.rounds.conftest import hollow_base
from tests.training.rounds.real import Home, records
from tests.training.weights import safetensors
from training.rounds.policy import NotAllowed, RoundPolicy


def gone(base: Path) -> None:
    shutil.rmtree(base)


def unknown(base: Path) -> None:
    (base / "config.json").write_text(json.dumps({"model_type": "mamba", "architectures": ["MambaForCausalLM"]}))


def truncated(base: Path) -> None:
    (base / "model.safetensors").write_bytes(safetensors(1000)[:-1])


def headless(base: Path) -> None:
    (base / "model.safetensors").write_bytes(safetensors()[:20])


def broken(base: Path) -> None:
    (base / "config.json").write_text("{")


WRONG = pytest.mark.parametrize(
    ("damage", "words", "todo"),
    [
        (gone, "没有这个文件夹", "请检查路径"),
        (unknown, "mamba", "请换用"),
        (truncated, "不完整", "请重新下载"),
        (headless, "不完整", "请重新下载"),
        (broken, "读不了", "请重新下载"),
    ],
)


@WRONG
async def test_a_round_from_it_is_refused(
    policy: RoundPolicy, home: Path, damage: Callable[[Path], None], words: str, todo: str
):
    damage(home / "base")
    with pytest.raises(NotAllowed, match=words) as caught:
        await policy.start("qq:1", "", {})
    assert str(home / "base") in str(caught.value)
    assert todo in str(caught.value)


@pytest.mark.slow
@WRONG
async def test_a_round_that_waited_meanwhile_fails_before_it_trains(
    quick_home: Home, damage: Callable[[Path], None], words: str, todo: str
):
    home, base = quick_home, quick_home.folder.parent / "base"
    await home.fill(12, corrected=4)
    assert "第 1 轮排上了" in home.told("round", "start")
    damage(base)
    home.worker()
    row = await home.until("failed", "ready", "rejected", limit_s=30)
    assert row.status == "failed"
    assert str(base) in row.problem
    assert words in row.problem
    assert todo in row.problem
    assert not home.round().log("train").exists()
    # And so it says to whoever would go on without mending it.
    assert words in home.told("round", "resume")

    shutil.rmtree(base, ignore_errors=True)
    hollow_base(base)
    assert "接着做" in home.told("round", "resume")
    row = await home.until("failed", "ready", "rejected", limit_s=60)
    assert row.status == "rejected", row.problem


@pytest.mark.slow
async def test_a_base_that_goes_after_the_training_is_told_too(quick_home: Home):
    home, base = quick_home, quick_home.folder.parent / "base"
    await home.fill(12, corrected=4)
    home.told("round", "start")
    home.round().path.mkdir(parents=True)
    (home.round().path / "hold").touch()
    home.worker()
    await home.saw(home.round().log("train").exists)
    aside = base.rename(base.with_name("aside"))
    (home.round().path / "hold").unlink()
    row = await home.until("failed", "ready", "rejected", limit_s=30)
    assert row.status == "failed"
    assert str(base) in row.problem
    assert "没有这个文件夹" in row.problem
    done = records(home.round())
    assert "train" in done
    aside.rename(base)
    assert "接着做" in home.told("round", "resume")
    row = await home.until("failed", "ready", "rejected", limit_s=60)
    assert row.status == "rejected", row.problem
    assert records(home.round())["train"] == done["train"]


@pytest.mark.slow
async def test_a_round_that_has_not_trained_takes_the_base_and_the_settings_that_are_set_by_now(quick_home: Home):
    """Its training set is its own, so that no other round could learn it."""
    home, base = quick_home, quick_home.folder.parent / "base"
    await home.fill(12, corrected=4)
    home.told("round", "start")
    folder = home.round()
    folder.path.mkdir(parents=True)
    (folder.path / "hold").touch()
    home.worker()
    await home.saw(folder.log("train").exists)
    home.told("round", "cancel")
    await home.until("cancelled", limit_s=30)
    (folder.path / "hold").unlink()
    assert "batch_size = 10" in folder.config.read_text(encoding="utf-8")
    (folder.work / "iter_10.pth").mkdir(parents=True)

    other = hollow_base(base.with_name("other"))
    shutil.rmtree(base)
    settings = home.folder / "bot.toml"
    text = settings.read_text(encoding="utf-8").replace(str(base), str(other))
    settings.write_text(text.replace("batch_size = 10", "batch_size = 4"), encoding="utf-8")
    assert "接着做" in home.told("round", "resume")
    row = await home.until("failed", "ready", "rejected", limit_s=60)
    assert row.status == "rejected", row.problem
    assert row.base == str(other)
    written = folder.config.read_text(encoding="utf-8")
    assert "batch_size = 4" in written
    assert str(other) in written
    assert "--resume" not in folder.log("train").read_text(encoding="utf-8")
