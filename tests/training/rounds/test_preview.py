"""What is told before a round: changes, and time and memory by formula first, then by what the last one took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from store import rounds
from store.db import Sessions
from tests.rounds import row_of
from tests.training import rows
from tests.training.rounds.conftest import config
from training.datasets.versions import assign, find
from training.progress import silent
from training.rounds import preview as previews
from training.rounds.desk import Desk, Told
from training.rounds.policy import RoundPolicy

SHAPE = {
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
}


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(previews, "nvidia_gpus", list)


async def told(sessions: Sessions, home: Path, **more: object) -> Told:
    settings = config(**more)
    return await previews.preview(Desk(sessions, settings, home, RoundPolicy(sessions, settings, home), silent))


def shape(home: Path, **more: Any) -> None:
    file = home / "base" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | SHAPE | more), encoding="utf-8")


async def trained(sessions: Sessions, figures: Mapping[str, Any]) -> None:
    async with sessions.begin() as session:
        session.add(row_of("ready", 1))
        await session.flush()
        await rounds.finish_step(session, 1, "train", seconds=600, record={"seconds": 600, "figures": dict(figures)})


async def test_a_first_round_is_estimated_by_formula(sessions: Sessions, home: Path):
    await rows.fill(sessions)
    shape(home)
    found = await told(sessions, home, device="0", worker="local")
    assert found.more == {"version": "v0001", "before": ""}
    assert "步，按公式估算（没有实测）：每张卡显存约" in found.text
    assert "在一般显卡上约" in found.text
    assert "和上次训练用的" not in found.text


async def test_what_cannot_be_computed_is_said(sessions: Sessions, home: Path):
    await rows.fill(sessions)
    assert "估不出时间和显存" in (await told(sessions, home, device="0")).text
    assert "在 CPU 上跑；第一轮跑过以后能估时间和内存。" in (await told(sessions, home)).text


async def test_later_rounds_are_estimated_by_the_last_one(sessions: Sessions, home: Path):
    await rows.fill(sessions)
    await trained(sessions, {"iterations": 10, "peak_gpu_mb": 20480, "peak_mb": 9000})
    found = await told(sessions, home, device="0")
    assert "照上一轮估计约" in found.text
    assert "显存 20.0 GB。" in found.text
    assert "按公式估算" not in found.text


async def test_what_is_new_since_the_last_trained_set_is_named(sessions: Sessions, home: Path):
    await rows.fill(sessions)
    root = home / "data" / "datasets"
    first = await told(sessions, home)
    await assign(sessions, await find(sessions, root, first.more["version"]), "1")
    assert "没有新东西可学：训练集 v0001 第 1 轮已经用过了。" in (await told(sessions, home)).text
    async with sessions.begin() as session:
        session.add_all(rows.many(500, 5))
    found = await told(sessions, home)
    assert found.more == {"version": "v0002", "before": "v0001"}
    assert "和上次训练用的 v0001 比：新增 5" in found.text
    (root / "v0001" / "manifest.json").unlink()
    found = await told(sessions, home)
    assert found.more["before"] == ""
    assert "上次训练用的 v0001 的文件不在这台机器上" in found.text
