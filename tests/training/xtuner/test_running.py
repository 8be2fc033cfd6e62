"""Commands as processes: watched, stopped, and never left behind."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from training.xtuner import running
from training.xtuner.commands import Command
from training.xtuner.running import Ended, run


def command(code: str, **env: str) -> Command:
    return Command((sys.executable, "-c", textwrap.dedent(code)), env)


async def go(folder: Path, code: str, *, stop: asyncio.Event | None = None, **more) -> Ended:
    return await run(command(code), folder / "logs" / "x.log", cwd=folder, stop=stop or asyncio.Event(), **more)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def told(file: Path) -> int:
    """The number that a process writes to *file*."""
    for _ in range(200):
        if file.exists() and file.read_text().strip():
            return int(file.read_text())
        await asyncio.sleep(0.05)
    raise AssertionError(file)


async def test_it_ends_with_its_code_and_leaves_its_words_in_the_log(tmp_path: Path):
    ended = await go(tmp_path, "import sys; print('你好'); print('bad', file=sys.stderr); sys.exit(3)")
    assert (ended.exit_code, ended.stopped) == (3, "")
    log = (tmp_path / "logs" / "x.log").read_text(encoding="utf-8")
    assert log.startswith(f"$ {sys.executable} -c ")
    assert "你好" in ended.tail
    assert "bad" in log
    again = await go(tmp_path, "print('again')")
    assert again.exit_code == 0
    assert "你好" not in again.tail
    assert "你好" in (tmp_path / "logs" / "x.log").read_text(encoding="utf-8")


async def test_memory_of_its_children_counts(tmp_path: Path):
    child = "x = bytearray(80 << 20); import time; time.sleep(2.5)"
    ended = await go(tmp_path, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    assert ended.exit_code == 0
    assert 80 < ended.peak_mb < 400
    assert 2 < ended.seconds < 20


async def test_it_is_stopped_when_a_look_says_so(tmp_path: Path):
    looks = iter([None, "损失变成了 NaN"])
    ended = await go(tmp_path, "import time; time.sleep(60)", look=lambda: next(looks))
    assert ended.stopped == "损失变成了 NaN"
    assert ended.exit_code == -signal.SIGTERM
    assert ended.seconds < 20


async def test_what_ignores_sigterm_is_killed_and_so_are_its_children_in_other_groups(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(running, "_GRACE_S", 0.5)
    stop = asyncio.Event()
    code = """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        open("child", "w").write(str(child.pid))
        time.sleep(60)
    """
    going = asyncio.create_task(go(tmp_path, code, stop=stop))
    child = await told(tmp_path / "child")
    stop.set()
    ended = await going
    assert (ended.exit_code, ended.stopped) == (-signal.SIGKILL, running.CANCELLED)
    await asyncio.sleep(0.1)
    assert not alive(child)


async def test_nothing_is_left_when_the_task_is_cancelled(tmp_path: Path):
    going = asyncio.create_task(
        go(tmp_path, "import os, time; open('me', 'w').write(str(os.getpid())); time.sleep(60)")
    )
    pid = await told(tmp_path / "me")
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert not alive(pid)


async def test_workers_that_outlive_their_leader_are_ended(tmp_path: Path):
    code = """
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open("child", "w").write(str(child.pid))
        time.sleep(1.5)
    """
    ended = await go(tmp_path, code)
    assert ended.exit_code == 0
    await asyncio.sleep(0.1)
    assert not alive(await told(tmp_path / "child"))


async def test_what_cannot_be_started_is_told(tmp_path: Path):
    missing = Command(("/nonexistent/python",), {})
    with pytest.raises(FileNotFoundError):
        await run(missing, tmp_path / "log", cwd=tmp_path, stop=asyncio.Event())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")
def test_it_ends_when_the_one_who_started_it_is_killed(tmp_path: Path):
    code = f"""
        import asyncio, sys
        from pathlib import Path
        from training.xtuner.commands import Command
        from training.xtuner.running import run
        child = "import os, time; open('me', 'w').write(str(os.getpid())); time.sleep(60)"
        here = Path({str(tmp_path)!r})
        asyncio.run(run(Command((sys.executable, "-c", child), {{}}), here / "log", cwd=here, stop=asyncio.Event()))
    """
    starter = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=Path(__file__).parents[3])
    me = tmp_path / "me"
    wait_for(lambda: me.exists() and me.read_text() != "")
    starter.kill()
    starter.wait()
    wait_for(lambda: not alive(int(me.read_text())))


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
