"""A model server makes way for a training and comes back, also when the training is killed."""

from __future__ import annotations

import asyncio
import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inference.serving.turns import GpuTurn, Taken
from tests.inference.serving.test_supervisor import Stage, alive

KEEP = """
import asyncio, sys
from pathlib import Path
from inference.serving.turns import GpuTurn

async def keep():
    async with GpuTurn(Path(sys.argv[1])).training(limit_s=20, stop=asyncio.Event()):
        print("mine", flush=True)
        await asyncio.sleep(600)

asyncio.run(keep())
"""


def lending(folder: Path) -> Stage:
    return Stage(folder, turn=GpuTurn(folder / "gpu"))


@pytest.mark.slow
async def test_a_server_makes_way_and_comes_back(tmp_path: Path):
    stage = lending(tmp_path)
    async with stage.running():
        async with GpuTurn(tmp_path / "gpu").training(limit_s=10, stop=asyncio.Event()):
            assert not alive(stage.pids[0])
            await stage.until(lambda: "paused" in stage.kinds)
            await asyncio.sleep(0.3)
            assert len(stage.pids) == 1
        await stage.until(lambda: stage.kinds.count("ready") == 2)
    assert stage.kinds == ["starting", "ready", "paused", "starting", "ready", "stopped"]


@pytest.mark.slow
async def test_a_killed_training_gives_the_gpu_back(tmp_path: Path):
    stage = lending(tmp_path)
    async with stage.running():
        command = (sys.executable, "-c", KEEP, str(tmp_path / "gpu"))
        training = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        assert training.stdout
        assert await training.stdout.readline() == b"mine\n"
        assert not alive(stage.pids[0])
        training.send_signal(signal.SIGKILL)
        await training.wait()
        await stage.until(lambda: stage.kinds.count("ready") == 2)


@pytest.mark.slow
async def test_a_server_that_starts_during_a_training_waits(tmp_path: Path):
    stage = lending(tmp_path)
    async with GpuTurn(tmp_path / "gpu").training(limit_s=1, stop=asyncio.Event()):
        task = asyncio.create_task(stage.supervisor.run())
        await stage.until(lambda: stage.kinds == ["paused"])
        assert stage.pids == []
    await stage.until(lambda: "ready" in stage.kinds)
    stage.supervisor.stop()
    await task


async def test_a_training_does_not_wait_for_ever(tmp_path: Path):
    turn, stop = GpuTurn(tmp_path), asyncio.Event()
    with turn.serving():
        with pytest.raises(Taken):
            async with turn.training(limit_s=0, stop=stop):
                raise AssertionError
        stop.set()
        with pytest.raises(Taken):
            async with turn.training(limit_s=60, stop=stop):
                raise AssertionError
    assert not turn.wanted()
    async with turn.training(limit_s=0, stop=asyncio.Event()):
        assert turn.wanted()
        with pytest.raises(Taken), turn.serving():
            raise AssertionError


def test_no_server_starts_while_a_training_waits(tmp_path: Path):
    turn = GpuTurn(tmp_path)
    with turn.serving(), (tmp_path / "training.lock").open("ab") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        with pytest.raises(Taken), GpuTurn(tmp_path).serving():
            raise AssertionError
