"""A training that does not fit on the GPU is refused before it starts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from store.db import Sessions
from tests.training.rounds.conftest import config, runner_of
from training.rounds.errors import StepFailed
from training.rounds.steps.room import check_room

SHAPE = {
    "hidden_size": 3584,
    "num_hidden_layers": 28,
    "vocab_size": 152064,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "intermediate_size": 18944,
}


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver's tool that says what the file ``free`` says."""
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/free\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    return tmp_path / "free"


def test_free_memory_decides(card: Path, home: Path, sessions: Sessions):
    _, job = runner_of(sessions, home, 1, [])
    (home / "base" / "config.json").write_text(json.dumps(SHAPE))
    job = replace(job, config=config(device="1"))
    job.folder.create()
    job.folder.write_record("config", {"figures": {"rows": 1000, "tokens_per_row": 120.0, "iterations": 300}})
    card.write_text("80000\n")
    check_room(job)
    assert "--id=1" in (card.parent / "asked").read_text()
    card.write_text("9000\n")
    with pytest.raises(StepFailed, match=r"第 1 块显卡只空着 9\.4 GB") as told:
        check_room(job)
    assert "pause_serving = true" in str(told.value)
    for nothing in ("", "[N/A]\n"):
        card.write_text(nothing)
        check_room(job)
    card.write_text("9000\n")
    check_room(replace(job, config=config(device="cpu")))
