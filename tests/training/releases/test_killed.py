"""kill -9 of whoever serves, at every step of an exchange: one model serves afterwards, and the table says which."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from store import releases
from tests.training.releases.conftest import Stage, model

pytestmark = [pytest.mark.slow]


async def kill(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()


async def promoted(stage: Stage, number: int) -> None:
    await stage.rounds.promote(number, "qq:1", force=False)


async def test_the_model_answers_while_its_keeper_is_dead_and_is_taken_over(stage: Stage):
    folder = model(stage.home / "base")
    async with stage.process(folder) as keeper:
        await stage.until("serving")
        await kill(keeper)
    assert (await stage.answer()).startswith("base-r1")
    before = stage.running()
    async with stage.process() as keeper:
        async with asyncio.timeout(30):
            assert keeper.stderr
            while "还在服务，接着看护它" not in (await keeper.stderr.readline()).decode():
                pass
        assert stage.running() == before == [1]
        keeper.send_signal(signal.SIGTERM)
        await keeper.wait()
        assert keeper.returncode == 0
    assert stage.running() == []
    assert await stage.statuses() == ["ended"]


@pytest.mark.parametrize("beside", ["always", "never"])
async def test_killed_while_the_candidate_starts(stage: Stage, beside: str):
    stage.settings |= {"beside": beside}
    number = await stage.round(loads_s="2")
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await promoted(stage, number)
        await stage.until_true(lambda rows: rows[-1].status == "starting" and 2 in stage.running())
        if beside == "always":
            assert (await stage.answer()).startswith("base-r1")
        await kill(keeper)
    if beside == "always":
        assert (await stage.answer()).startswith("base-r1")
    async with stage.process():
        await stage.until("ended", "serving", limit_s=60)
        assert stage.running() == [2]
        assert (await stage.serving()).attempts == 2
        assert await stage.answer() == "round-1-r2"


async def test_killed_right_after_the_switch(stage: Stage):
    number = await stage.round()
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await promoted(stage, number)
        await stage.until("draining", "serving")
        await kill(keeper)
    assert await stage.answer() == "round-1-r2"
    async with stage.process():
        await stage.until("ended", "serving", limit_s=60)
        await stage.until_true(lambda _: stage.running() == [2])


async def test_the_candidate_killed_while_it_loads_and_after_the_switch(stage: Stage):
    number = await stage.round(loads_s="1")
    async with stage.kept(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await promoted(stage, number)
        await stage.until_true(lambda _: 2 in stage.running())
        await keeper.machine.running()[2].end(0)
        await stage.until("serving", "failed")
        assert "被系统杀掉了" in (await stage.rows())[1].problem
        await promoted(stage, number)
        await stage.until("draining", "failed", "serving")
        await keeper.machine.running()[3].end(0)
        await stage.until("ended", "failed", "serving")
        await stage.until_true(lambda _: stage.running() == [3])
        async with asyncio.timeout(20):
            while True:
                try:
                    assert await stage.answer() == "round-1-r3"
                    break
                except OSError:
                    await asyncio.sleep(0.1)


async def test_one_whose_start_kills_the_keeper_is_given_up(stage: Stage):
    number = await stage.round(loads_s="60")
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await promoted(stage, number)
        await stage.until_true(lambda _: 2 in stage.running())
        await kill(keeper)
    for attempt in (2, 3):
        async with stage.process() as keeper:
            await stage.until_true(lambda rows, n=attempt: rows[-1].attempts == n and 2 in stage.running())
            await kill(keeper)
    async with stage.process():
        await stage.until("serving", "failed", limit_s=60)
        assert "启动了 3 次，每次都中断了" in (await stage.rows())[1].problem
        await stage.until_true(lambda _: stage.running() == [1])


async def test_after_a_power_cut_the_model_that_served_is_started_again(stage: Stage):
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await kill(keeper)
    for process in stage.keeper().machine.running().values():
        await process.end(0)
    async with stage.process():
        await stage.until("ended", "serving", limit_s=60)
        first, second = await stage.rows()
        assert first.serving_until is not None
        assert second.kind == "restart"
        assert first.serving_until <= second.asked_at


async def test_a_keeper_in_another_folder_of_this_machine_is_found_over_the_database(stage: Stage, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Stage(tmp_path / "elsewhere", stage.url, stage.sessions, stage.python)
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        async with elsewhere.process() as other:
            _, said = await asyncio.wait_for(other.communicate(), 30)
        assert other.returncode == 2
        assert f"另一个文件夹的 gongkao serve（进程号 {keeper.pid}）" in said.decode()
        assert stage.running() == [1]
        await kill(keeper)
    # A dead one is in nobody's way, nor is who has got its number since.
    async with stage.sessions.begin() as session:
        await releases.beat(session, f"{os.uname().nodename}:{os.getpid()}")
    async with elsewhere.process():
        await stage.until("ended", "serving", limit_s=60)
        assert elsewhere.running() == [2]
    for process in elsewhere.keeper().machine.running().values():
        await process.end(0)


async def test_two_keepers_do_not_serve_the_same(stage: Stage):
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        async with stage.process() as other:
            _, said = await asyncio.wait_for(other.communicate(), 30)
            assert other.returncode == 2
            assert "gongkao serve 已经在运行" in said.decode()
        async with stage.process("--stop") as other:
            _, said = await asyncio.wait_for(other.communicate(), 60)
            assert "模型服务已停止" in said.decode()
            assert not psutil.pid_exists(keeper.pid) or psutil.Process(keeper.pid).status() == psutil.STATUS_ZOMBIE
    assert await stage.statuses() == ["ended"]
    assert stage.running() == []
