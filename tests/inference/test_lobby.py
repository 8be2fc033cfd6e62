"""Where questions wait; what becomes of them then is in ``test_hold.py``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from inference.errors import ServerBusy, ServerUnavailable
from inference.lobby import Lobby
from inference.single_flight import Flight


def entering(lobby: Lobby, lane: str) -> asyncio.Task[None]:
    return asyncio.create_task(lobby.passed(Flight[Any](lane)))


async def why(task: Awaitable[None], kind: type[ServerBusy | ServerUnavailable]) -> str:
    with pytest.raises(kind) as caught:
        await task
    return caught.value.reason


async def test_open_it_keeps_nobody():
    lobby = Lobby(places=0, wait_s=0)
    lobby.open()
    await lobby.passed(Flight[Any]("a"))
    assert not lobby.closed


async def test_closed_it_keeps_all_until_it_opens():
    lobby = Lobby(places=9, wait_s=9)
    lobby.close()
    lobby.close()
    waiting = [entering(lobby, lane) for lane in "aab"]
    await asyncio.sleep(0)
    assert (lobby.closed, lobby.waiting) == (True, 3)
    lobby.open()
    await asyncio.gather(*waiting)
    assert (lobby.closed, lobby.waiting) == (False, 0)


async def test_nobody_waits_for_ever():
    lobby = Lobby(places=9, wait_s=0.01)
    lobby.close()
    assert await why(lobby.passed(Flight[Any]("a")), ServerUnavailable) == "changing"
    assert lobby.waiting == 0


async def test_a_full_one_drops_the_newest_of_the_longest_lane():
    lobby = Lobby(places=2, wait_s=9)
    lobby.close()
    first, second = entering(lobby, "a"), entering(lobby, "a")
    await asyncio.sleep(0)
    other = entering(lobby, "b")
    assert await why(second, ServerBusy) == "queue_full"
    lobby.open()
    await asyncio.gather(first, other)
