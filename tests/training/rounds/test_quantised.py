"""Rounds whose model is served in 4 bit: quantised, judged, let pass and collected as that."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from pydantic import ValidationError

from store import rounds
from store.db import Sessions
from tests.training.evaluation import version
from tests.training.quantising import fake_lmdeploy
from tests.training.rounds.conftest import claimed, config, hollow_base
from training.config import TrainingConfig
from training.opencompass.errors import RefereeError
from training.opencompass.rendering import Local, Served
from training.progress import silent
from training.rounds.aliases import Aliases
from training.rounds.collecting import collect
from training.rounds.desk import Desk
from training.rounds.errors import StepFailed
from training.rounds.folder import RoundFolder
from training.rounds.policy import RoundPolicy
from training.rounds.runner import Runner
from training.rounds.step import Job
from training.rounds.steps import evaluate, gate, quantise, referee

STEPS = [quantise.STEP, evaluate.STEP, gate.STEP]
QUESTIONS = version.many(0, 40)


@pytest.fixture
def settings(home: Path) -> TrainingConfig:
    python = fake_lmdeploy.install(home / "python")
    made = config(
        quantise=True, device="0", engine="turbomind", servers=1, concurrency=4, serving_python=str(python)
    ).model_dump(mode="json")
    made["quantising"] |= {"samples": 4, "window": 64}
    # The stand-in forgets one question for being quantised.
    made["gate"] |= {"corrected_percent": 95, "refusals_percent": 0, "format_percent": 0, "latency_free_ms": 10_000}
    made["gate"]["size_ratio"] = 1000
    return TrainingConfig.model_validate(made)


@pytest.fixture
async def job(policy: RoundPolicy, sessions: Sessions, home: Path, settings: TrainingConfig) -> Job:
    """Of a round that has merged its model, which knows everything."""
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    dataset = version.write(home / "v0001", corrected=QUESTIONS, taught=QUESTIONS, refusals=1)
    (dataset / "manifest.json").write_text("{}")
    folder = policy.folder(1)
    folder.create()
    folder.write_record("dataset", {"figures": {"folder": str(dataset)}, "outputs": []})
    hollow = fake_lmdeploy.model(folder.model)
    known = {one["input"]: version.key(one) for one in QUESTIONS}
    (hollow / "answers.json").write_text(json.dumps(known), encoding="utf-8")
    stop = asyncio.Event()
    base = home / "base"
    return Job(1, folder, home, base, settings, sessions, lambda stage, done, total, **figures: None, stop)


async def walk(job: Job) -> None:
    await Runner(job, STEPS, worker="w").run()


@pytest.mark.slow
async def test_what_is_judged_and_let_pass_is_the_quantised_model(job: Job):
    await walk(job)
    folder = job.folder
    assert folder.served == folder.path / "model-awq"
    told = folder.record("quantise")
    assert told is not None
    figures = told["figures"]
    assert figures["bytes_after"] < figures["bytes_before"]
    assert figures["samples"] > 0
    assert len(figures["calibration_sha256"]) == 64
    assert [Path(place).name for place in told["inputs"]] == ["train.jsonl"]
    asked = folder.record("evaluate")
    assert asked is not None
    assert set(asked["figures"]) == {"candidate", "baseline", "unquantised"}
    assert asked["figures"]["unquantised"]["corrected"] == 1
    assert asked["figures"]["candidate"]["corrected"] == pytest.approx(39 / 40)
    served = {name: folder.log(f"serve-{name}").read_text(encoding="utf-8") for name in asked["figures"]}
    assert {name: "--model-format awq" in log for name, log in served.items()} == {
        "candidate": True,
        "baseline": False,
        "unquantised": False,
    }
    assert Aliases(job.home / "data" / "models").of("candidate") == folder.quantised.resolve()
    card = folder.card.read_text(encoding="utf-8")
    assert "## 4 比特量化" in card
    assert "| 纠错过的题 | 100.0% | 97.5% | −2.5 |" in card


@pytest.mark.slow
async def test_promoting_and_collecting_mean_the_quantised_model_too(job: Job, policy: RoundPolicy, sessions: Sessions):
    await walk(job)
    async with sessions.begin() as session:
        assert await rounds.finish(session, 1, worker="w", values={"status": "ready"})
        row = await rounds.lock(session, 1)
        assert row is not None
        session.add(type(row)(status="failed", base="x", settings={}, approvals=[], note=""))
    settled = job.config.model_copy(update={"rounds": job.config.rounds.model_copy(update={"keep": 1})})
    desk = Desk(sessions, settled, job.home, policy, silent)
    assert await collect(desk) == "没有可以清理的旧轮次。"
    await policy.promote(1, "qq:1", force=False)
    assert Aliases(policy.models).of("current") == job.folder.quantised.resolve()
    for place in policy.models.iterdir():
        place.unlink()
    async with sessions.begin() as session:
        row = await rounds.lock(session, 1)
        assert row is not None
        row.promoted_at = None
    assert "清理了第 1 轮" in await collect(desk)
    assert not job.folder.quantised.exists()
    assert job.folder.record("quantise") is not None


@pytest.mark.slow
async def test_quantising_can_be_turned_on_and_off_between_a_failure_and_going_on(job: Job):
    off = replace(job, config=config(**job.config.rounds.model_dump(mode="json") | {"quantise": False, "base": "base"}))
    off = replace(off, config=off.config.model_copy(update={"gate": job.config.gate}))
    await walk(off)
    assert job.folder.served == job.folder.model
    told = job.folder.record("evaluate")
    assert told is not None
    assert set(told["figures"]) == {"candidate", "baseline"}
    # What was judged without it is judged anew with it.
    await walk(job)
    told = job.folder.record("evaluate")
    assert told is not None
    assert "unquantised" in told["figures"]
    job.folder.forget("evaluate")
    job.folder.forget("gate")
    await walk(off)
    assert job.folder.served == job.folder.model
    assert Aliases(job.home / "data" / "models").of("candidate") == job.folder.model.resolve()


@pytest.mark.slow
async def test_opencompass_asks_a_server_of_what_it_cannot_load(job: Job, monkeypatch: pytest.MonkeyPatch):
    asked: list[object] = []

    async def caught(subject: object, *_: object, **__: object) -> None:
        asked.append(subject)
        if isinstance(subject, Served):
            async with aiohttp.ClientSession() as http, http.get(f"{subject.base}/models") as response:
                asked.append((await response.json())["data"][0]["id"])
        raise RefereeError("enough")

    monkeypatch.setattr(referee, "referee", caught)
    monkeypatch.setattr(referee.environment, "python", lambda home, settings: home / "python")
    for _ in range(2):
        with pytest.raises(StepFailed, match="enough"):
            await referee.STEP.run(job)
        shutil.copytree(job.folder.model, job.folder.quantised, dirs_exist_ok=True)
        job.folder.write_record("quantise", {})
    local, served, name = asked
    assert isinstance(local, Local)
    assert local.folder == job.folder.model
    assert isinstance(served, Served)
    assert name == served.model == "round-1-referee"


async def test_a_failure_says_how_to_go_on_without(job: Job, home: Path):
    fake_lmdeploy.install(home / "python", "no memory")
    with pytest.raises(StepFailed, match=r"显存不够[\s\S]*quantise = false"):
        await walk(job)
    assert job.folder.served == job.folder.model


def test_a_round_on_a_cpu_cannot_quantise():
    for more in ({"device": "cpu"}, {"device": "0", "engine": "transformers"}):
        with pytest.raises(ValidationError, match="要显卡和 turbomind"):
            config(quantise=True, **more)


def test_a_record_decides_what_would_be_served(tmp_path: Path):
    folder = RoundFolder(tmp_path, 1)
    folder.create()
    hollow_base(folder.quantised)
    assert folder.served == folder.model
    folder.write_record("quantise", {})
    assert folder.served == folder.quantised
