"""A worker killed in every step of a real round: the next one goes on where it was, and nothing is left running."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.rounds.real import Home, drafts, records
from training.rounds.folder import RoundFolder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Moment = Callable[[RoundFolder], bool]
"""Whether it has come."""


def _made(name: str) -> Moment:
    return lambda folder: (folder.path / name).exists()


def _draft_of(name: str) -> Moment:
    return lambda folder: any(folder.path.glob(f".{name}-*"))


def _asked(folder: RoundFolder) -> bool:
    """The baseline is served and has answered a set."""
    return any(folder.evaluation.glob("baseline/parts/*.jsonl"))


def _built(folder: RoundFolder) -> bool:
    return (folder.path.parents[1] / "datasets" / "v0001" / "manifest.json").exists()


MOMENTS: dict[str, Moment] = {
    "dataset": _built,
    "config": _made("config.py"),
    "train": _made("work/last_checkpoint"),
    "convert": _draft_of("adapter"),
    "merge": _draft_of("model"),
    "evaluate": _asked,
    "gate": _made("card.md"),
}
QUICK = ("dataset", "config", "gate")
"""Too short to be hit: these are held at the last moment, when all is made but the record."""


def hold(folder: RoundFolder, step: str) -> Path:
    """Let whoever writes the record of *step* wait for ever: it opens a pipe that nobody reads."""
    pipe = folder.path / "records" / f".{step}.json.new"
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    return pipe


async def test_a_round_killed_in_every_step(real_home: Home):
    home, folder = real_home, real_home.round()
    await home.fill(12, corrected=4)
    assert "第 1 轮排上了" in home.told("round", "start")
    done: dict[str, tuple[int, str]] = {}
    for step, moment in MOMENTS.items():
        pipe = hold(folder, step) if step in QUICK else None
        if step == "evaluate":
            home.ask_less()
        worker = home.worker()
        await home.saw(lambda moment=moment: moment(folder))
        worker.kill()
        worker.wait()
        await home.deserted()
        if pipe is not None:
            pipe.unlink()
        assert (await home.row()).status == "running"
        left = records(folder)
        assert step not in left
        assert {name: left[name] for name in done} == done, step
        assert list(MOMENTS)[: len(left)] == sorted(left, key=list(MOMENTS).index)
        assert len(left) == list(MOMENTS).index(step)
        done = left
        await home.silence()
    last = home.worker("--idle-limit", "1")
    row = await home.until("ready", "rejected", "failed", "cancelled")
    assert row.status in ("ready", "rejected"), row.problem
    assert row.verdict is not None
    assert last.wait(30) == 0
    await home.deserted()

    assert {name: told for name, told in records(folder).items() if name != "gate"} == done
    assert sorted(await home.steps()) == sorted(MOMENTS)
    assert home.log.count("its worker is silent") == len(MOMENTS)
    assert "iter: 10" in folder.log("train").read_text(encoding="utf-8")
    told = json.loads((folder.path / "records" / "train.json").read_text(encoding="utf-8"))
    assert told["figures"]["iterations"] == 40
    assert drafts(folder) == []
