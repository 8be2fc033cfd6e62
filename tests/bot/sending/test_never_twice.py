"""Whatever happens in whatever order: no key twice, no window exceeded, no number given twice."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.services.incoming import Incoming
from store.db import Sessions
from tests.bot.sending.world import ACCOUNT, GROUP, FakeOutlet, World, failing, onebot, post, qq

_lanes = itertools.count(1)
_FAILURES = [
    None,
    None,
    failing("unconfirmed", perhaps=True),
    failing("1200", "Timeout"),
    failing("40034105"),
    failing("40034128"),
    failing("40054005"),
    failing("40054002"),
    failing("http_429"),
]
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("send"),
            st.sampled_from("ab"),
            st.lists(st.sampled_from(_FAILURES), max_size=3),
            st.booleans(),
        ),
        st.tuples(st.just("kill"), st.sampled_from("ab"), st.booleans()),
        st.tuples(st.just("heard"), st.sampled_from(["m1", "m2", "m3"])),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 200, 299, 400, 4000, 90_000])),
        st.tuples(st.just("answer"), st.sampled_from(["m1", "m2"])),
        st.tuples(st.just("allowed"), st.booleans()),
    ),
    max_size=14,
)


class Mortal(FakeOutlet):
    """Never comes back from a send."""

    async def post(self, *args: Any, **more: Any) -> str:
        if self.arrives:
            await super().post(*args, **more)
        self.arrived.set()
        await asyncio.Event().wait()
        return ""


@pytest.mark.parametrize("make", [onebot, qq])
@given(steps=steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_order(make: Any, sessions: Sessions, steps: list[tuple[Any, ...]]):
    world: World = make(sessions)
    number = next(_lanes)
    chat = replace(GROUP, lane=f"qq:{number}")
    heard: dict[str, datetime] = {}
    answered: list[tuple[str, int]] = []
    sent: set[str] = set()
    for step in steps:
        match step:
            case ("send", key, failures, arrives):
                world.outlet.failures, world.outlet.arrives = list(failures), arrives
                receipt = await world.planner.send(post(f"{number}{key}", chat, text=key))
                if receipt.state == "sent":
                    sent.add(key)
                world.outlet.failures = []
            case ("kill", key, arrives):
                world = await killed(world, f"{number}{key}", key, chat, arrives=arrives)
            case ("heard", message):
                if world.clock() - heard.get(message, world.clock()) > timedelta(hours=2):
                    continue  # no platform delivers again so late
                heard.setdefault(message, world.clock())
                await world.planner.heard(Incoming(ACCOUNT, "qq:200", "早", group_id=chat.lane, message_id=message))
                await quiet(world)
            case ("answer", message):
                # Its numbers are forgotten by then, and no platform takes an answer so late.
                if world.clock() - heard.get(message, world.clock()) > timedelta(hours=2):
                    continue
                if message in heard and (seq := await world.planner.reply_seq(chat, message)) is not None:
                    answered.append((message, seq))
            case ("allowed", allowed):
                await world.planner.allowed(chat, allowed)
                await quiet(world)
            case _:
                world.clock.pass_by(seconds=step[1])
    said = world.outlet.said
    assert max(Counter(one.text for one in said).values(), default=0) <= 1
    assert sent <= {one.text for one in said}
    if world.outlet.platform == "qq":
        replies = [one for one in said if one.reply_to]
        assert all(one.at - heard[one.reply_to] < timedelta(minutes=5) for one in replies)
        numbers = Counter([*answered, *((one.reply_to, one.seq) for one in replies)])
        assert max(numbers.values(), default=0) <= 1
        assert all(seq <= 5 for _, seq in numbers)


async def quiet(world: World) -> None:
    """Until what was released is over."""
    async with asyncio.timeout(10):
        while tasks := [one for one in asyncio.all_tasks() if one.get_coro().__qualname__ == "Planner.send"]:  # pyright: ignore
            await asyncio.wait(tasks)


async def killed(world: World, key: str, text: str, chat: Any, *, arrives: bool) -> World:
    """The process ends in the middle of a send, if it comes to one."""
    mortal = Mortal(world.clock, platform=world.outlet.platform, arrives=arrives, said=world.outlet.said)
    world.planner.opened(ACCOUNT, mortal)
    sending = asyncio.create_task(world.planner.send(post(key, chat, text=text)))
    reached = asyncio.create_task(mortal.arrived.wait())
    await asyncio.wait([sending, reached], return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, reached):
        task.cancel()
    await asyncio.gather(sending, reached, return_exceptions=True)
    await world.planner.aclose()
    return world.restarted()
