"""Several servers of one model: the least busy one is asked, a dead one costs nobody an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError

from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, RequestRejected, ServerUnavailable
from tests.fakes import ANSWER, ModelServer, free_port
from tests.inference.asking import ask, listen, until
from tests.inference.conftest import MakeClient

WAYS = pytest.mark.parametrize("way", [ask, listen])


@pytest.fixture
async def second() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


@pytest.fixture
def client(make_client: MakeClient, server: ModelServer, second: ModelServer) -> ModelClient:
    return make_client(base_url=[server.url, second.url], max_concurrency=64, max_per_lane=64)


def text_of(found: object) -> str:
    return (found[1] if isinstance(found, tuple) else found).text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ()),
        (" ", ()),
        ([], ()),
        (" http://gpu1:1 ", ("http://gpu1:1",)),
        (["http://gpu1:1", " https://gpu2/v1 ", "http://gpu1:1"], ("http://gpu1:1", "https://gpu2/v1")),
    ],
)
def test_one_address_or_several(written: object, read: tuple[str, ...]):
    config = InferenceConfig.model_validate({"base_url": written})
    assert config.base_url == read
    assert bool(config.base_url) == bool(read)


@pytest.mark.parametrize("written", ["gpu1:1", ["http://gpu1:1", "gpu2:1"], ["http://gpu1:1", ""]])
def test_each_address_is_checked(written: object):
    with pytest.raises(ValidationError, match="要以 http:// 或 https:// 开头"):
        InferenceConfig.model_validate({"base_url": written})


@WAYS
async def test_equals_take_turns(client: ModelClient, server: ModelServer, second: ModelServer, way: type):
    for number in range(10):
        await way(client, f"第 {number} 题")
    assert (server.requests, second.requests) == (5, 5)


async def test_a_burst_is_shared(client: ModelClient, server: ModelServer, second: ModelServer):
    server.delay_s = second.delay_s = 0.05
    await asyncio.gather(*(ask(client, f"第 {number} 题") for number in range(40)))
    assert (server.most_in_flight, second.most_in_flight) == (20, 20)


async def test_the_least_busy_one_is_asked(client: ModelClient, server: ModelServer, second: ModelServer):
    server.gate = asyncio.Event()
    stuck = asyncio.create_task(ask(client, "卡住的题"))
    await until(lambda: server.in_flight == 1)
    for number in range(6):
        await ask(client, f"第 {number} 题")
    assert (server.requests, second.requests) == (1, 6)
    server.gate.set()
    await stuck


@WAYS
async def test_a_dead_one_costs_nothing(make_client: MakeClient, server: ModelServer, way: type):
    client = make_client(base_url=[f"http://127.0.0.1:{free_port()}", server.url])
    found = await asyncio.gather(*(way(client, f"第 {number} 题") for number in range(20)))
    assert {text_of(one) for one in found} == {ANSWER}
    assert server.requests == 20
    assert client.breaker_state == "closed"


@WAYS
@pytest.mark.parametrize("mode", ["500", "503", "reset"])
async def test_a_failing_one_costs_nothing(
    client: ModelClient, server: ModelServer, second: ModelServer, mode: str, way: type
):
    server.mode = mode
    found = await asyncio.gather(*(way(client, f"第 {number} 题") for number in range(20)))
    assert {text_of(one) for one in found} == {ANSWER}
    assert second.requests == 20


@WAYS
async def test_one_that_dies_under_its_questions_costs_nothing(make_client: MakeClient, server: ModelServer, way: type):
    async with ModelServer() as dying:
        client = make_client(base_url=[dying.url, server.url], max_per_lane=32)
        dying.gate = asyncio.Event()
        asks = [asyncio.create_task(way(client, f"第 {number} 题")) for number in range(20)]
        await until(lambda: dying.in_flight == 10)
    assert {text_of(await one) for one in asks} == {ANSWER}


@WAYS
async def test_each_is_asked_once(client: ModelClient, server: ModelServer, second: ModelServer, way: type):
    server.mode = second.mode = "500"
    with pytest.raises(ServerUnavailable, match="http_500"):
        await way(client)
    assert (server.requests, second.requests) == (1, 1)
    assert client.in_flight == 0


@pytest.mark.parametrize(
    ("mode", "kind"), [("401", RequestRejected), ("429", InferenceError), ("empty", InferenceError)]
)
@WAYS
async def test_an_answer_is_taken_for_one(
    client: ModelClient, server: ModelServer, second: ModelServer, mode: str, kind: type[InferenceError], way: type
):
    server.mode = mode
    with pytest.raises(kind):
        await way(client)
    assert (server.requests, second.requests) == (1, 0)


async def test_a_time_out_is_not_tried_elsewhere(make_client: MakeClient, server: ModelServer, second: ModelServer):
    client = make_client(base_url=[server.url, second.url], total_timeout_s=0.3, connect_timeout_s=0.2)
    server.mode = "hang"
    with pytest.raises(ServerUnavailable, match=r"^timeout$"):
        await ask(client)
    assert second.requests == 0


async def test_a_stream_that_was_heard_is_not_begun_elsewhere(
    client: ModelClient, server: ModelServer, second: ModelServer
):
    server.mode = "reset_mid"
    with pytest.raises(ServerUnavailable, match="reset"):
        await listen(client)
    assert second.requests == 0


async def test_the_state_is_that_of_the_best(make_client: MakeClient, server: ModelServer, second: ModelServer):
    client = make_client(base_url=[server.url, second.url], breaker_failures=1, breaker_open_s=0.2)
    server.mode = "500"
    await ask(client, "甲")
    assert client.breaker_state == "closed"
    await ask(client, "乙")
    assert server.requests == 1  # left alone
    second.mode = "500"
    with pytest.raises(ServerUnavailable, match="http_500"):
        await ask(client, "丙")
    assert client.breaker_state == "open"
    with pytest.raises(ServerUnavailable, match="breaker_open"):
        await ask(client, "丁")
    await asyncio.sleep(0.25)
    assert client.breaker_state == "half_open"
    second.mode = "ok"
    assert (await ask(client, "戊")).text == ANSWER
    assert client.breaker_state == "closed"


async def test_each_has_a_name_of_its_own(make_client: MakeClient, server: ModelServer, second: ModelServer):
    client = make_client(base_url=[server.url, second.url], model="")
    server.model_names, second.model_names = ["a"], ["b"]
    found = [await ask(client, f"第 {number} 题") for number in range(4)]
    assert [one.model for one in found] == ["a", "b", "a", "b"]


async def test_models_are_those_of_any_that_answers(make_client: MakeClient, server: ModelServer):
    dead = f"http://127.0.0.1:{free_port()}"
    client = make_client(base_url=[dead, server.url])
    assert await client.models() == ["test-model"]
    with pytest.raises(ServerUnavailable, match="refused"):
        await make_client(base_url=[dead, dead]).models()


async def test_all_dead_are_refused(make_client: MakeClient):
    client = make_client(base_url=[f"http://127.0.0.1:{free_port()}" for _ in range(3)])
    with pytest.raises(ServerUnavailable, match="refused"):
        await ask(client)
