"""A real child process that crashes, hangs, ignores signals and leaves workers behind."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from inference.serving.log import ServingLog
from inference.serving.process import MARK, Launch, ProcessId, ServerProcess
from inference.serving.server import Event, Patience, ServerGaveUp, ServerSupervisor
from inference.serving.turns import GpuTurn, Taken
from tests.peer import free_port

SCRIPT = Path(__file__).parent / "fake_server.py"
QUICK = Patience(
    start_limit_s=5,
    start_poll_s=0.05,
    check_every_s=0.05,
    check_timeout_s=0.2,
    hung_after=3,
    token_every_s=0.05,
    stall_s=0.5,
    stop_grace_s=0.3,
    backoff_first_s=0.05,
    backoff_cap_s=0.1,
    short_life_s=60,
    give_up_after=3,
)


class Stage:
    """One supervised fake server, what it reported and what it left."""

    def __init__(
        self,
        folder: Path,
        *flags: str,
        patience: Patience = QUICK,
        key: str = "",
        command: tuple[str, ...] = (),
        turn: GpuTurn | None = None,
    ) -> None:
        self.folder = folder
        self.events: list[Event] = []
        port = free_port()
        self.launch = launch = Launch(
            command or (sys.executable, str(SCRIPT), str(port), str(folder), *flags),
            f"http://127.0.0.1:{port}",
            env={"FAKE_KEY": key},
            api_key=SecretStr(key) if key else None,
        )
        self.log = ServingLog(folder / "logs" / "serving.log", secret=key)
        self.supervisor = ServerSupervisor(launch, self.log, patience=patience, report=self.events.append, turn=turn)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    @property
    def pids(self) -> list[int]:
        file = self.folder / "starts"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def order(self, name: str) -> None:
        (self.folder / name).touch()

    async def until(self, claim: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not claim():  # noqa: ASYNC110 - another process acts, no event tells
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.supervisor.run())
        try:
            await self.until(lambda: "ready" in self.kinds or task.done())
            yield
        finally:
            self.supervisor.stop()
            await task


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
async def test_stopping_leaves_no_process_and_tells_each_step(tmp_path: Path):
    stage = Stage(tmp_path, "--worker")
    async with stage.running():
        worker = int((tmp_path / "worker").read_text())
        assert alive(stage.pids[0])
        assert alive(worker)
    assert stage.kinds == ["starting", "ready", "stopped"]
    assert stage.events[0].process is not None
    assert stage.events[0].process.pid == stage.pids[0]
    await stage.until(lambda: not alive(stage.pids[0]) and not alive(worker))


@pytest.mark.slow
async def test_a_server_deaf_to_sigterm_is_killed(tmp_path: Path):
    stage = Stage(tmp_path, "--deaf")
    async with stage.running():
        pass
    assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_a_crash_is_followed_by_a_restart(tmp_path: Path):
    stage = Stage(tmp_path, "--worker")
    async with stage.running():
        first_worker = int((tmp_path / "worker").read_text())
        stage.order("crash")
        await stage.until(lambda: stage.kinds.count("ready") == 2)
        assert Event("ended", exit_code=3) in stage.events
        assert len(stage.pids) == 2
        await stage.until(lambda: not alive(first_worker))


@pytest.mark.slow
async def test_a_hung_server_is_killed_and_restarted(tmp_path: Path):
    # It makes no tokens either; which of the two is noticed first must not be a matter of luck.
    stage = Stage(tmp_path, patience=replace(QUICK, stall_s=5))
    async with stage.running():
        stage.order("hang")
        await stage.until(lambda: stage.kinds.count("ready") == 2)
        assert stage.kinds[:5] == ["starting", "ready", "hung", "restarting", "starting"]
        assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_a_server_that_answers_but_makes_no_tokens_is_restarted(tmp_path: Path):
    stage = Stage(tmp_path)
    async with stage.running():
        stage.order("stall")
        await stage.until(lambda: stage.kinds.count("ready") == 2)
        assert stage.kinds[:5] == ["starting", "ready", "stalled", "restarting", "starting"]
        assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_a_stopped_engine_is_taken_for_hung(tmp_path: Path):
    stage = Stage(tmp_path, patience=replace(QUICK, stall_s=5))
    async with stage.running():
        psutil.Process(stage.pids[0]).suspend()
        await stage.until(lambda: stage.kinds.count("ready") == 2)
        assert "hung" in stage.kinds
        assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_a_server_that_runs_already_is_watched_and_stopped_whole(tmp_path: Path):
    stage = Stage(tmp_path, "--worker")
    process = await ServerProcess.start(stage.launch, stage.log)
    started = process.id
    found = ServerProcess.find(started)
    assert found is not None
    assert ServerProcess.find(ProcessId(started.pid, started.born - 60)) is None
    again = ServerSupervisor(stage.launch, stage.log, patience=QUICK, report=stage.events.append, found=found)
    task = asyncio.create_task(again.run())
    await stage.until(lambda: "ready" in stage.kinds)
    worker = int((tmp_path / "worker").read_text())
    assert stage.events[0] == Event("found", process=started)
    again.stop()
    await task
    await process.wait()
    assert len(stage.pids) == 1
    await stage.until(lambda: not alive(stage.pids[0]) and not alive(worker))


@pytest.mark.slow
async def test_servers_of_an_earlier_time_are_found_by_their_mark(tmp_path: Path):
    stage = Stage(tmp_path, "--worker")
    marked = replace(stage.launch, env={**stage.launch.env, MARK: f"{tmp_path}/7"})
    process = await ServerProcess.start(marked, stage.log)
    await stage.until(lambda: (tmp_path / "worker").exists())
    found = ServerProcess.marked(str(tmp_path))
    assert {name: one.id.pid for name, one in found.items()} == {"7": process.id.pid}
    assert ServerProcess.marked(str(tmp_path / "other")) == {}
    await found["7"].end(1)
    assert ServerProcess.marked(str(tmp_path)) == {}
    await process.wait()  # it is our child here


@pytest.mark.slow
async def test_a_found_server_that_ends_is_started_anew(tmp_path: Path):
    stage = Stage(tmp_path)
    process = await ServerProcess.start(stage.launch, stage.log)
    found = ServerProcess.find(process.id)
    again = ServerSupervisor(stage.launch, stage.log, patience=QUICK, report=stage.events.append, found=found)
    task = asyncio.create_task(again.run())
    await stage.until(lambda: "ready" in stage.kinds)
    stage.order("crash")
    await stage.until(lambda: stage.kinds.count("ready") == 2)
    assert stage.kinds == ["found", "ready", "ended", "restarting", "starting", "ready"]
    again.stop()
    await task
    await process.wait()


@pytest.mark.slow
async def test_the_gpu_is_not_free_while_a_server_that_nobody_watches_runs(tmp_path: Path):
    turn = GpuTurn(tmp_path / "gpu")
    stage = Stage(tmp_path)
    with turn.serving() as lock:
        process = await ServerProcess.start(stage.launch, stage.log, lock)
    with pytest.raises(Taken):
        async with turn.training(limit_s=0.1, stop=asyncio.Event()):
            pass
    await process.end(1)
    async with turn.training(limit_s=1, stop=asyncio.Event()):
        pass


@pytest.mark.slow
async def test_a_server_that_dies_at_once_is_given_up_with_its_last_words(tmp_path: Path):
    stage = Stage(tmp_path, command=(sys.executable, "-c", "raise SystemExit('CUDA 不可用')"))
    with pytest.raises(ServerGaveUp) as caught:
        await stage.supervisor.run()
    assert caught.value.tail == ["CUDA 不可用"] * 3
    assert caught.value.last == Event("ended", exit_code=1)
    pauses = [event.seconds for event in stage.events if event.kind == "restarting"]
    assert pauses == [0.05, 0.1]


@pytest.mark.slow
async def test_long_lives_are_restarted_for_ever(tmp_path: Path):
    stage = Stage(tmp_path, patience=replace(QUICK, short_life_s=0, give_up_after=1))
    async with stage.running():
        for restarts in (2, 3):
            stage.order("crash")
            await stage.until(lambda restarts=restarts: stage.kinds.count("ready") == restarts)


@pytest.mark.slow
async def test_a_server_that_never_answers_is_given_up(tmp_path: Path):
    stage = Stage(tmp_path, "--mute", patience=replace(QUICK, start_limit_s=0.3, give_up_after=1))
    with pytest.raises(ServerGaveUp) as caught:
        await stage.supervisor.run()
    assert caught.value.last.kind == "never_ready"
    assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_stopping_while_it_loads_or_pauses_returns_soon(tmp_path: Path):
    stage = Stage(tmp_path, "--mute")
    task = asyncio.create_task(stage.supervisor.run())
    await stage.until(lambda: bool(stage.pids))
    stage.supervisor.stop()
    await asyncio.wait_for(task, 2)
    assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_cancelling_leaves_no_process_either(tmp_path: Path):
    stage = Stage(tmp_path)
    task = asyncio.create_task(stage.supervisor.run())
    await stage.until(lambda: "ready" in stage.kinds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(stage.pids[0])


@pytest.mark.slow
async def test_the_key_opens_the_model_list_and_stays_out_of_the_log(tmp_path: Path):
    stage = Stage(tmp_path, key="hunter2")
    async with stage.running():
        assert "ready" in stage.kinds
    assert "GET /v1/models with Bearer ***" in stage.log.tail
    assert "hunter2" not in "".join(stage.log.tail)
    assert stage.log.path.stat().st_mode & 0o077 == 0


async def test_a_command_that_does_not_exist_is_an_os_error(tmp_path: Path):
    stage = Stage(tmp_path, command=(str(tmp_path / "nothing"),))
    with pytest.raises(FileNotFoundError):
        await stage.supervisor.run()
