"""Steps in order, resumed where they broke, cancelled, lost to another worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from inference.serving.turns import PLACE, GpuTurn
from store import rounds
from store.db import Sessions
from tests.training.rounds.conftest import claimed, config, runner_of, step
from training.rounds import runner as runners
from training.rounds.errors import Cancelled, Lost, StepFailed
from training.rounds.policy import RoundPolicy
from training.rounds.runner import Runner
from training.rounds.step import Job
from training.rounds.worker import Worker


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runners, "BEAT_S", 0.02)


async def fail(_: Job) -> None:
    raise StepFailed("磁盘满了。")


async def wait_to_be_stopped(job: Job) -> None:
    await asyncio.wait_for(job.stop.wait(), 5)


async def test_a_broken_round_goes_on_at_the_broken_step(policy: RoundPolicy, sessions: Sessions, home):
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    ran: list[str] = []
    broken, job = runner_of(sessions, home, 1, [step("one", ran), step("two", ran, also=fail)])
    with pytest.raises(StepFailed, match="磁盘满了"):
        await broken.run()
    assert job.folder.record("two") is None
    mended, _ = runner_of(sessions, home, 1, [step("one", ran), step("two", ran)])
    await mended.run()
    assert ran == ["one", "two", "two"]
    async with sessions() as session:
        assert [done.name for done in await rounds.steps(session, 1)] == ["one", "two"]
        row = await rounds.get(session, 1)
    assert row is not None
    assert row.step == "two"


async def test_a_step_whose_result_is_gone_is_done_again(policy: RoundPolicy, sessions: Sessions, home):
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    ran: list[str] = []
    first, job = runner_of(sessions, home, 1, [step("one", ran)])
    await first.run()
    (job.folder.path / "one").unlink()
    again, _ = runner_of(sessions, home, 1, [step("one", ran)])
    await again.run()
    assert ran == ["one", "one"]


async def test_cancelling_stops_the_step_under_way(policy: RoundPolicy, sessions: Sessions, home):
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    ran: list[str] = []
    running, job = runner_of(sessions, home, 1, [step("one", ran, also=wait_to_be_stopped), step("two", ran)])
    task = asyncio.create_task(running.run())
    await asyncio.sleep(0.1)
    await policy.cancel(1)
    with pytest.raises(Cancelled):
        await task
    assert ran == ["one"]
    assert job.folder.record("one") is None


async def test_a_worker_that_lost_its_round_stops(policy: RoundPolicy, sessions: Sessions, home):
    await policy.start("qq:1", "", {})
    await claimed(sessions, "w")
    ran: list[str] = []
    running, _ = runner_of(sessions, home, 1, [step("one", ran, also=wait_to_be_stopped)])
    task = asyncio.create_task(running.run())
    await asyncio.sleep(0.1)
    async with sessions.begin() as session:
        assert await rounds.give_back(session, silent_for=timedelta(seconds=-5)) == [1]
    assert await claimed(sessions, "other") is not None
    with pytest.raises(Lost):
        await task


async def test_a_worker_runs_what_waits_and_says_how_it_ended(policy: RoundPolicy, sessions: Sessions, home):
    ran: list[str] = []
    line = {"name": "corrected", "title": "纠错过的题", "passed": True, "sentence": "答对 100%"}
    passing = step("gate", ran, figures={"passed": True, "lines": [line]})
    worker = Worker(sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=[step("one", ran), passing])
    await policy.start("qq:1", "", {})
    told: list[str] = []
    assert await worker.run(idle_limit_s=0, tell=told.append) == 1
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert (row.status, row.verdict and row.verdict["passed"]) == ("ready", True)
    assert told[0] == "第 1 轮开始"

    failing = step("gate", ran, figures={"passed": False, "lines": [line | {"passed": False, "sentence": "降多了"}]})
    worker = Worker(sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=[failing])
    await policy.start("qq:1", "", {})
    await worker.run(idle_limit_s=0)
    async with sessions() as session:
        row = await rounds.get(session, 2)
    assert row is not None
    assert (row.status, row.problem) == ("rejected", "没过门槛：\n纠错过的题：降多了")


async def test_a_worker_that_is_stopped_leaves_its_round_to_others(policy: RoundPolicy, sessions: Sessions, home):
    ran: list[str] = []
    steps = [step("one", ran, also=wait_to_be_stopped)]
    worker = Worker(sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=steps)
    await policy.start("qq:1", "", {})
    task = asyncio.create_task(worker.run(idle_limit_s=None))
    await asyncio.sleep(0.3)
    worker.stop()
    await task
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert (row.status, row.worker) == ("queued", None)


async def test_a_worker_that_is_stopped_while_it_takes_a_round_gives_it_back(
    policy: RoundPolicy, sessions: Sessions, home
):
    ran: list[str] = []
    worker = Worker(sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=[step("one", ran)])
    await policy.start("qq:1", "", {})
    take = worker._take

    async def stopped_meanwhile():
        row = await take()
        worker.stop()
        return row

    worker._take = stopped_meanwhile
    await worker.run(idle_limit_s=None)
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert (row.status, ran) == ("queued", [])


async def test_what_follows_a_step_that_is_made_again_is_made_again(policy: RoundPolicy, sessions: Sessions, home):
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    ran: list[str] = []
    steps = [step(name, ran) for name in ("one", "two", "three")]
    first, job = runner_of(sessions, home, 1, steps)
    await first.run()
    (job.folder.path / "two").unlink()
    again, _ = runner_of(sessions, home, 1, steps)
    await again.run()
    assert ran == ["one", "two", "three", "two", "three"]


async def test_an_unexpected_error_ends_the_round_too(policy: RoundPolicy, sessions: Sessions, home):
    async def explode(_: Job) -> None:
        raise ZeroDivisionError

    worker = Worker(
        sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=[step("one", [], also=explode)]
    )
    await policy.start("qq:1", "", {})
    await worker.run(idle_limit_s=0)
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert row.status == "failed"
    assert row.problem.startswith("出了没料到的错：ZeroDivisionError")
    assert config().rounds.device == "cpu"


async def test_a_model_server_makes_way_from_the_first_step_that_needs_the_gpu(
    policy: RoundPolicy, sessions: Sessions, home, monkeypatch: pytest.MonkeyPatch
):
    turn = GpuTurn(home / PLACE)
    seen: list[bool] = []

    async def look(_: Job) -> None:
        seen.append(turn.wanted())
        await told({"gpu1"} if seen[-1] else set())

    async def told(machines: set[str]) -> None:
        """Until the database says that these lend their GPU."""
        async with asyncio.timeout(5):
            while True:
                async with sessions() as session:
                    if await rounds.lending(session) == machines:
                        return
                await asyncio.sleep(0.02)

    await policy.start("qq:1", "", {})
    await claimed(sessions, "gpu1:7")
    ran: list[str] = []
    steps = [
        step("one", ran, also=look),
        *(replace(step(name, ran, also=look), on_gpu=True) for name in ("two", "three")),
    ]
    _, job = runner_of(sessions, home, 1, steps)
    job = replace(job, config=config(pause_serving=True, device="0"))
    with turn.serving():
        monkeypatch.setattr(runners, "MAKE_WAY_S", 0)
        with pytest.raises(StepFailed, match="显卡还没有让出来"):
            await Runner(job, steps, worker="gpu1:7").run()
    assert ran == ["one"]
    await told(set())
    await Runner(job, steps, worker="gpu1:7").run()
    assert seen == [False, True, True]
    assert not turn.wanted()
    await told(set())


async def test_a_round_of_another_version_fails_and_can_be_resumed(policy: RoundPolicy, sessions: Sessions, home):
    ran: list[str] = []
    worker = Worker(sessions, home=home, rounds_folder=home / "rounds", gpu="m/cpu", steps=[step("one", ran)])
    await policy.start("qq:1", "", {})
    async with sessions.begin() as session:
        row = await rounds.lock(session, 1)
        assert row is not None
        row.settings = {"rounds": {"no_longer_there": 1}}
    assert await worker.run(idle_limit_s=0) == 1
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert row.status == "failed"
    assert "按 bot.toml 现在的设置做" in row.problem
    await policy.resume(1)
    await worker.run(idle_limit_s=0)
    assert ran == ["one"]
