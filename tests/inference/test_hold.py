"""A model is exchanged where memory has no place for two: questions wait for the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import ServerBusy, ServerUnavailable
from tests.fakes import ModelServer
from tests.inference.asking import ask, listen, target_of, until
from tests.inference.conftest import MakeClient

WAYS = pytest.mark.parametrize("way", [ask, listen])


@pytest.fixture
async def new() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        running.answer = "第二轮的回答"
        yield running


@pytest.fixture
def client(make_client: MakeClient) -> ModelClient:
    return make_client(round="1")


def round_of(found: object) -> str:
    return (found[1] if isinstance(found, tuple) else found).round  # type: ignore[attr-defined]


@WAYS
async def test_questions_wait_and_go_to_the_next_model(
    client: ModelClient, server: ModelServer, new: ModelServer, way: type
):
    client.hold()
    assert client.changing
    asks = [asyncio.create_task(way(client, f"第 {number} 题")) for number in range(10)]
    await until(lambda: client.queue_length == 10)
    assert client.in_flight == 0
    client.turn_to(target_of(new, round="2"))
    assert not client.changing
    assert {round_of(await one) for one in asks} == {"2"}
    assert (server.requests, client.queue_length) == (0, 0)


async def test_identical_questions_wait_as_one(client: ModelClient, new: ModelServer):
    client.hold()
    asks = [asyncio.create_task(ask(client, lane=f"qq:{number}")) for number in range(10)]
    await until(lambda: client.queue_length == 1)
    client.turn_to(target_of(new, round="2"))
    assert [(await one).shared for one in asks] == [False] + [True] * 9
    assert new.requests == 1


@WAYS
async def test_the_wait_does_not_count_into_the_total(make_client: MakeClient, new: ModelServer, way: type):
    client = make_client(total_timeout_s=0.3, connect_timeout_s=0.2)
    new.delay_s = 0.2
    client.hold()
    asked = asyncio.create_task(way(client))
    await asyncio.sleep(0.5)
    client.turn_to(target_of(new, round="2"))
    assert round_of(await asked) == "2"


@WAYS
async def test_nobody_waits_longer_than_the_settings_say(make_client: MakeClient, server: ModelServer, way: type):
    client = make_client(change_wait_s=0.2)
    client.hold()
    before = time.monotonic()
    with pytest.raises(ServerUnavailable, match="changing"):
        await way(client)
    assert 0.15 < time.monotonic() - before < 10
    assert (server.requests, client.queue_length) == (0, 0)


async def test_without_a_wait_it_is_told_at_once(make_client: MakeClient):
    client = make_client(change_wait_s=0)
    client.hold()
    with pytest.raises(ServerUnavailable, match="changing"):
        await ask(client)


async def test_what_is_at_the_server_ends_there(client: ModelClient, server: ModelServer, new: ModelServer):
    server.gate = asyncio.Event()
    under_way = asyncio.create_task(ask(client, "甲"))
    await until(lambda: server.in_flight == 1)
    client.hold()
    waiting = asyncio.create_task(ask(client, "乙"))
    await until(lambda: client.queue_length == 1)
    server.gate.set()
    assert (await under_way).round == "1"
    client.turn_to(target_of(new, round="2"))
    assert (await waiting).round == "2"


@WAYS
async def test_what_the_old_server_drops_waits_too(client: ModelClient, new: ModelServer, way: type):
    async with ModelServer() as dying:
        dying.gate = asyncio.Event()
        client.turn_to(target_of(dying, round="1"))
        asks = [asyncio.create_task(way(client, f"第 {number} 题")) for number in range(12)]
        await until(lambda: dying.in_flight == 12)
        client.hold()
    await until(lambda: client.queue_length == 12)
    assert client.in_flight == 0
    client.turn_to(target_of(new, round="2"))
    assert {round_of(await one) for one in asks} == {"2"}


async def test_what_waited_for_a_slot_is_not_sent_to_the_old_one(
    make_client: MakeClient, server: ModelServer, new: ModelServer
):
    client = make_client(round="1", max_concurrency=1, max_per_lane=1)
    server.gate = asyncio.Event()
    asks = [asyncio.create_task(ask(client, f"第 {number} 题")) for number in range(4)]
    await until(lambda: client.queue_length == 3)
    client.hold()
    server.gate.set()
    assert (await asks[0]).round == "1"
    await until(lambda: client.in_flight == 0)
    assert client.queue_length == 3
    client.turn_to(target_of(new, round="2"))
    assert {(await one).round for one in asks[1:]} == {"2"}
    assert server.requests == 1


@WAYS
async def test_the_same_model_may_come_back(make_client: MakeClient, way: type):
    """Its server was started anew: what it failed meanwhile is no mark against it."""
    first = ModelServer()
    async with first:
        client = make_client(base_url=first.url, round="1", breaker_failures=1)
        first.gate = asyncio.Event()
        asks = [asyncio.create_task(way(client, f"第 {number} 题")) for number in range(6)]
        await until(lambda: first.in_flight == 6)
        client.hold()
    await until(lambda: client.queue_length == 6)
    assert client.breaker_state == "open"
    second = ModelServer()
    second.port = first.port
    async with second:
        client.turn_to(client.target)
        assert {round_of(await one) for one in asks} == {"1"}


async def test_held_again_at_once_they_wait_on(client: ModelClient, new: ModelServer):
    client.hold()
    asked = asyncio.create_task(ask(client))
    await until(lambda: client.queue_length == 1)
    client.turn_to(target_of(new, round="2"))
    client.hold()
    client.hold()
    await asyncio.sleep(0.05)
    assert (client.queue_length, new.requests) == (1, 0)
    client.turn_to(client.target)
    assert (await asked).round == "2"


async def test_a_hold_that_ends_with_nobody_is_told(client: ModelClient):
    client.hold()
    asked = asyncio.create_task(ask(client))
    await until(lambda: client.queue_length == 1)
    client.turn_to(None)
    with pytest.raises(ServerUnavailable, match="not_configured"):
        await asked


async def test_the_first_model_may_be_waited_for(new: ModelServer):
    async with ModelClient(InferenceConfig()) as client:
        client.hold()
        asked = asyncio.create_task(ask(client))
        await until(lambda: client.queue_length == 1)
        client.turn_to(target_of(new, round="1"))
        assert (await asked).round == "1"


async def test_a_flood_leaves_places_for_others(make_client: MakeClient, new: ModelServer):
    client = make_client(max_queue=5)
    client.hold()
    flood = [asyncio.create_task(ask(client, f"洪水 {number}", lane="qq:flood")) for number in range(8)]
    await until(lambda: sum(one.done() for one in flood) == 3)
    quiet = asyncio.create_task(ask(client, "安静", lane="qq:quiet"))
    await until(lambda: sum(one.done() for one in flood) == 4)
    assert client.queue_length == 5
    client.turn_to(target_of(new, round="2"))
    assert (await quiet).round == "2"
    found = await asyncio.gather(*flood, return_exceptions=True)
    assert [one.reason for one in found if isinstance(one, ServerBusy)] == ["queue_full"] * 4


async def test_what_others_wait_for_too_keeps_its_place(make_client: MakeClient, new: ModelServer):
    client = make_client(max_queue=3)
    client.hold()
    flood = [asyncio.create_task(ask(client, text, lane="qq:flood")) for text in ("甲", "乙", "丙")]
    await until(lambda: client.queue_length == 3)
    joins = asyncio.create_task(ask(client, "丙", lane="qq:1"))
    await asyncio.sleep(0)
    quiet = asyncio.create_task(ask(client, "丁", lane="qq:2"))
    with pytest.raises(ServerBusy, match="queue_full"):
        await flood[1]
    client.turn_to(target_of(new, round="2"))
    assert {(await one).round for one in (flood[0], flood[2], joins, quiet)} == {"2"}


async def test_leaving_frees_the_place(make_client: MakeClient, new: ModelServer):
    client = make_client(max_queue=1)
    client.hold()
    left = asyncio.create_task(ask(client, "甲"))
    await until(lambda: client.queue_length == 1)
    left.cancel()
    await until(lambda: client.queue_length == 0)
    stays = asyncio.create_task(ask(client, "乙"))
    await until(lambda: client.queue_length == 1)
    client.turn_to(target_of(new, round="2"))
    assert (await stays).round == "2"
    assert [body["messages"][-1]["content"] for body in new.bodies] == ["乙"]


async def test_closing_ends_the_wait(client: ModelClient):
    client.hold()
    asked = asyncio.create_task(ask(client))
    await until(lambda: client.queue_length == 1)
    await client.aclose()
    with pytest.raises(ServerUnavailable, match="closed"):
        await asked
