"""Pictures come one after the other, beside the event loop, and never instead of an answer."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest

from bot.services.drawing import drawn


async def test_one_at_a_time_and_the_loop_goes_on():
    at_work, most, beats = 0, 0, 0

    def draw(number: int) -> bytes:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        time.sleep(0.02)
        at_work -= 1
        return bytes([number])

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    heart = asyncio.create_task(beat())
    assert await asyncio.gather(*(drawn("it", draw, number) for number in range(4))) == [b"\0", b"\1", b"\2", b"\3"]
    heart.cancel()
    assert most == 1
    assert beats > 10


async def test_what_cannot_be_drawn_is_empty_and_told_to_the_log():
    def broken() -> bytes:
        raise RuntimeError("no such glyph")

    assert await drawn("the board", broken) == b""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="threads have a niceness of their own on Linux only")
async def test_it_gives_way_to_those_who_answer():
    def niceness() -> bytes:
        return bytes([os.getpriority(os.PRIO_PROCESS, threading.get_native_id())])

    assert (await drawn("it", niceness))[0] == os.getpriority(os.PRIO_PROCESS, 0) + 10
