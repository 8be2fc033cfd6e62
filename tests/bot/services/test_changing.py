"""Askers who wait for a model that is being exchanged."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.services import replies
from bot.services.changing import Changing


class Screen:
    """An asker's; what it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def notice(self, text: str) -> None:
        self.shown.append(text)


async def waiting(changing: Changing, screen: Screen | None, seconds: float) -> float:
    """Ask a model that takes so long; how long it was waited for, or the time-out."""
    began = time.monotonic()
    async with changing.asking(screen.notice if screen else None):
        await asyncio.sleep(seconds)
    return time.monotonic() - began


async def test_without_an_exchange_nobody_is_told_and_the_limit_holds():
    changing, screen = Changing(limit_s=0.05, wait_s=60), Screen()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await waiting(changing, screen, 60)
    assert time.monotonic() - began < 20
    assert screen.shown == []


async def test_each_asker_is_told_once_whoever_came_first():
    changing, early, late = Changing(limit_s=5, wait_s=5), Screen(), Screen()
    async with changing.asking(early.notice):
        changing.begin()
        changing.begin()
        async with changing.asking(late.notice), changing.asking(None):
            await asyncio.sleep(0)
            assert (early.shown, late.shown) == ([replies.MODEL_CHANGING], [replies.MODEL_CHANGING])
            # The next model fails, and a third one is started, all while they wait.
            changing.end()
            changing.begin()
            await asyncio.sleep(0)
    assert len(early.shown) == len(late.shown) == 1


async def test_who_asks_after_the_exchange_is_not_told():
    changing, screen = Changing(limit_s=5, wait_s=5), Screen()
    changing.begin()
    assert changing.now
    changing.end()
    assert not changing.now
    await waiting(changing, screen, 0)
    assert screen.shown == []


async def test_one_whose_answer_came_is_not_told_any_more():
    changing, screen = Changing(limit_s=5, wait_s=5), Screen()
    await waiting(changing, screen, 0)
    changing.begin()
    await asyncio.sleep(0)
    assert screen.shown == []


@pytest.mark.parametrize("begins", ["before", "after"])
async def test_an_exchange_gives_its_askers_more_time(begins: str):
    changing = Changing(limit_s=0.05, wait_s=60)
    if begins == "before":
        changing.begin()
    asker = asyncio.create_task(waiting(changing, None, 0.3))
    await asyncio.sleep(0)
    changing.begin()
    assert await asker >= 0.3


async def test_the_wait_has_an_end_too():
    changing = Changing(limit_s=0.05, wait_s=0.2)
    changing.begin()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await waiting(changing, None, 60)
    assert 0.2 <= time.monotonic() - began < 20


async def test_the_end_leaves_an_answers_time():
    changing = Changing(limit_s=0.2, wait_s=60)
    changing.begin()
    slow = asyncio.create_task(waiting(changing, None, 60))
    fine = asyncio.create_task(waiting(changing, None, 0.25))
    await asyncio.sleep(0.15)
    began = time.monotonic()
    changing.end()
    changing.end()
    # The limit counts from the end: 0.15 s had been waited before.
    assert await fine >= 0.25
    with pytest.raises(TimeoutError):
        await slow
    assert 0.15 <= time.monotonic() - began < 20


async def test_an_end_without_a_beginning_gives_nobody_more_time():
    changing = Changing(limit_s=1, wait_s=60)
    asker = asyncio.create_task(waiting(changing, None, 60))
    began = time.monotonic()
    await asyncio.sleep(0.9)
    changing.end()
    with pytest.raises(TimeoutError):
        await asker
    assert time.monotonic() - began < 1.8


async def test_a_notice_that_fails_does_not_cost_the_answer():
    async def broken(text: str) -> None:
        raise ConnectionResetError(text)

    changing, screen = Changing(limit_s=5, wait_s=5), Screen()
    changing.begin()
    async with changing.asking(broken), changing.asking(screen.notice):
        await asyncio.sleep(0.01)
    assert screen.shown == [replies.MODEL_CHANGING]


async def test_a_notice_that_hangs_does_not_hold_the_answer():
    sent = asyncio.Event()

    async def slow(_: str) -> None:
        await sent.wait()

    changing = Changing(limit_s=5, wait_s=5)
    changing.begin()
    async with asyncio.timeout(1), changing.asking(slow):
        await asyncio.sleep(0)
    sent.set()
    await asyncio.sleep(0)
