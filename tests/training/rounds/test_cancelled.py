"""A round that is cancelled while the real tools are at work."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from store import rounds
from store.db import Sessions
from tests.training.rounds.conftest import claimed, step
from tests.training.rounds.real import Home, drafts, records
from training.rounds import runner
from training.rounds.policy import RoundPolicy
from training.rounds.step import Job
from training.rounds.worker import Worker

SOON_S = 20
"""A beat of the worker, and what a tool is given to end by itself."""


async def cancelled(home: Home) -> None:
    began = time.monotonic()
    assert "正在停" in home.told("round", "cancel")
    row = await home.until("cancelled", "failed", "ready", "rejected", limit_s=SOON_S)
    assert (row.status, row.problem) == ("cancelled", "")
    assert time.monotonic() - began < SOON_S
    await home.deserted(limit_s=2)
    assert drafts(home.round()) == []


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_it_stops_within_seconds_and_goes_on_later(real_home: Home):
    home, folder = real_home, real_home.round()
    await home.fill(12, corrected=4)
    home.told("round", "start")
    worker = home.worker()
    await home.saw((folder.work / "last_checkpoint").exists)
    await cancelled(home)
    assert set(records(folder)) == {"dataset", "config"}

    assert "接着做" in home.told("round", "resume")
    home.ask_less(lines=60)
    await home.saw(lambda: any(folder.evaluation.glob("baseline/parts/*.jsonl")))
    await cancelled(home)
    done = records(folder)
    assert set(done) == {"dataset", "config", "train", "convert", "merge"}
    assert "iter: 10" in folder.log("train").read_text(encoding="utf-8")

    home.ask_less()
    assert "接着做" in home.told("round", "resume")
    row = await home.until("ready", "rejected", "failed", "cancelled")
    assert row.status in ("ready", "rejected"), row.problem
    assert {name: told for name, told in records(folder).items() if name in done} == done
    worker.terminate()
    assert worker.wait(30) == 0


async def test_a_worker_that_ends_meanwhile_does_not_queue_it_again(
    policy: RoundPolicy, sessions: Sessions, home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "BEAT_S", 0.02)

    begun = asyncio.Event()

    async def stop_slowly(job: Job) -> None:
        begun.set()
        await asyncio.wait_for(job.stop.wait(), 5)
        worker.stop()

    steps = [step("one", [], also=stop_slowly)]
    worker = Worker(sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=steps)
    await policy.start("qq:1", "", {})
    going = asyncio.create_task(worker.run(idle_limit_s=None))
    await asyncio.wait_for(begun.wait(), 5)
    await policy.cancel(1)
    await going
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert row.status == "cancelled"


async def test_who_cancels_twice_can_still_resume(policy: RoundPolicy, sessions: Sessions):
    """The second time the worker is dead, and the round waits for another one."""
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    await policy.cancel(1)
    async with sessions.begin() as session:
        row = await rounds.lock(session, 1)
        assert row is not None
        row.status, row.worker, row.gpu = "queued", None, None
    await policy.cancel(1)
    await policy.resume(1)
    row = await claimed(sessions)
    assert row is not None
    assert not row.cancel_asked
