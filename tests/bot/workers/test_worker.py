"""A worker process and whoever started it, with small workers of several tempers."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.services.workers.process import Worker, WorkerGone

PREAMBLE = """
import os, sys, time
from bot.services.workers.child import serve
from bot.services.workers.frames import LENGTH
def answer(request):
    word = request.decode()
    if word == "raise": raise ZeroDivisionError("what went wrong")
    if word == "grow": yield {"size": len(bytearray(400_000_000))}
    if word == "print": print("noise")
    if word == "several": yield from ({"at": at} for at in range(3))
    if word == "flood":
        while True: yield {"text": "x" * 10_000}
    if word == "sleep": time.sleep(60)
    yield {"said": word, "nice": os.nice(0)}
"""


async def started(*, seconds: float = 60, memory: int = 300_000_000, longest: int = 1 << 20) -> Worker:
    script = textwrap.dedent(PREAMBLE)
    script += f"sys.exit(serve(lambda: answer, seconds={seconds}, longest=1000, memory={memory}))"
    return await Worker.start((sys.executable, "-c", script), max_rss=1 << 30, longest=longest)


async def ask(worker: Worker, word: str, limit_s: float = 20) -> dict[str, Any]:
    return await worker.ask(word.encode(), until=time.monotonic() + limit_s)


async def test_one_request_may_have_several_replies_and_gives_way():
    worker = await started()
    before = worker.received
    replies = [await ask(worker, "several")]
    replies += [await worker.reply(time.monotonic() + 20) for _ in range(3)]
    assert [reply.get("at") for reply in replies] == [0, 1, 2, None]
    assert replies[3]["nice"] >= 10
    assert worker.received - before > 40
    assert (await ask(worker, "print"))["said"] == "print"
    await worker.kill()
    await worker.kill()


async def test_an_error_that_nobody_caught_comes_with_its_trace():
    worker = await started()
    with pytest.raises(WorkerGone, match="what went wrong") as caught:
        await ask(worker, "raise")
    assert caught.value.why == "crashed"
    assert not psutil.pid_exists(worker.pid)


async def test_memory_beyond_the_limit_is_told_as_such():
    worker = await started()
    with pytest.raises(WorkerGone) as caught:
        await ask(worker, "grow")
    assert caught.value.why == "memory"


async def test_a_worker_that_says_more_than_anybody_reads_can_be_killed():
    worker = await started()
    await ask(worker, "flood")
    await worker.kill()
    assert not psutil.pid_exists(worker.pid)


async def test_a_reply_that_is_too_long_ends_the_worker():
    worker = await started(longest=1000)
    with pytest.raises(WorkerGone) as caught:
        await ask(worker, "flood")
    assert caught.value.why == "malformed"
    assert not psutil.pid_exists(worker.pid)


async def test_a_worker_ends_by_its_own_clock_too():
    worker = await started(seconds=0.3)
    with pytest.raises(WorkerGone) as caught:
        await ask(worker, "sleep")
    assert (caught.value.why, caught.value.status) == ("ended", -14)


async def test_files_of_the_folder_do_not_pass_for_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "json.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    worker = await started()
    assert (await ask(worker, "here"))["said"] == "here"
    await worker.kill()
