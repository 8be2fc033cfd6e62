"""A failing server is left alone, then probed."""

import asyncio

import pytest

from inference.breaker import Breaker
from inference.errors import InferenceError, ServerUnavailable
from tests.fakes import ANSWER, ModelServer
from tests.inference.asking import ask, until
from tests.inference.conftest import MakeClient


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, open_s=10, clock=clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failure(breaker.admit())


def test_only_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.success(breaker.admit())
    fail(breaker, 2)
    assert breaker.state == "closed"
    fail(breaker, 1)
    assert breaker.state == "open"
    with pytest.raises(ServerUnavailable, match="breaker_open"):
        breaker.admit()


def test_exactly_one_probe_passes_when_half_open(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now = 10
    assert breaker.state == "half_open"
    probe = breaker.admit()
    for refused in (breaker.check, breaker.admit):
        with pytest.raises(ServerUnavailable):
            refused()
    breaker.success(probe)
    assert breaker.state == "closed"
    fail(breaker, 2)
    assert breaker.state == "closed"


def test_a_failing_probe_opens_it_again_for_the_whole_time(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now = 10
    breaker.failure(breaker.admit())
    clock.now = 19.9
    assert breaker.state == "open"
    clock.now = 20
    assert breaker.state == "half_open"


def test_a_probe_without_verdict_makes_way_for_the_next(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now = 10
    breaker.no_verdict(breaker.admit())
    breaker.success(breaker.admit())
    assert breaker.state == "closed"


def test_late_verdicts_of_older_requests_change_nothing(breaker: Breaker, clock: Clock) -> None:
    old = [breaker.admit() for _ in range(4)]
    fail(breaker, 3)
    breaker.success(old[0])
    assert breaker.state == "open"
    clock.now = 10
    probe = breaker.admit()
    breaker.failure(old[1])
    breaker.no_verdict(old[2])
    breaker.success(old[3])
    assert breaker.state == "half_open"
    breaker.success(probe)
    for epoch in old:
        breaker.failure(epoch)
    assert breaker.state == "closed"


@pytest.mark.parametrize("mode", ["500", "reset"])
async def test_an_open_breaker_spares_the_server_and_closes_after_a_good_probe(
    server: ModelServer, make_client: MakeClient, mode: str
) -> None:
    client = make_client(breaker_failures=3, breaker_open_s=0.2)
    server.mode = mode
    for number in range(5):
        with pytest.raises(ServerUnavailable):
            await ask(client, f"第 {number} 题")
    assert (server.requests, client.breaker_state) == (3, "open")
    server.mode = "ok"
    await asyncio.sleep(0.25)
    assert client.breaker_state == "half_open"
    assert (await ask(client)).text == ANSWER
    assert client.breaker_state == "closed"


async def test_one_probe_at_a_time_reaches_the_server(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(breaker_failures=1, breaker_open_s=0.1)
    server.modes = ["500"]
    server.delay_s = 0.1
    with pytest.raises(ServerUnavailable):
        await ask(client)
    await asyncio.sleep(0.15)
    results = await asyncio.gather(*(ask(client, f"第 {n} 题") for n in range(10)), return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert server.requests == 2


async def test_a_cancelled_probe_does_not_lock_the_server_out(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(breaker_failures=1, breaker_open_s=0.05)
    server.modes = ["500", "hang"]
    with pytest.raises(ServerUnavailable):
        await ask(client)
    await asyncio.sleep(0.1)
    probe = asyncio.create_task(ask(client))
    await until(lambda: server.in_flight == 1)
    probe.cancel()
    await until(lambda: client.in_flight == 0)
    assert (await ask(client)).text == ANSWER


@pytest.mark.parametrize("mode", ["401", "429", "malformed", "empty"])
async def test_answers_that_are_no_outage_leave_it_closed(
    server: ModelServer, make_client: MakeClient, mode: str
) -> None:
    client = make_client(breaker_failures=2)
    server.mode = mode
    for _ in range(5):
        with pytest.raises(InferenceError):
            await ask(client)
    assert (server.requests, client.breaker_state) == (5, "closed")


async def test_timeouts_open_it(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(breaker_failures=2, total_timeout_s=0.2, connect_timeout_s=0.2)
    server.mode = "hang"
    await asyncio.gather(*(ask(client, f"第 {n} 题") for n in range(2)), return_exceptions=True)
    assert client.breaker_state == "open"


async def test_the_server_is_not_blamed_for_our_queue(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(
        breaker_failures=1, max_concurrency=1, max_per_lane=1, total_timeout_s=0.5, connect_timeout_s=0.2
    )
    server.delay_s = 0.4
    first = asyncio.create_task(ask(client, "甲"))
    await until(lambda: server.in_flight == 1)
    with pytest.raises(ServerUnavailable, match=r"^timeout$"):
        await ask(client, "乙")  # had the slot for a tenth of a second only
    await first
    assert client.breaker_state == "closed"


async def test_an_open_breaker_lets_nobody_queue(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(breaker_failures=1, max_concurrency=2, max_per_lane=1)
    server.modes = ["hang", "500"]
    hung = asyncio.create_task(ask(client, "卡住的题", lane="qq:1"))
    await until(lambda: server.in_flight == 1)
    with pytest.raises(ServerUnavailable, match="http_500"):
        await ask(client, "题", lane="qq:2")
    async with asyncio.timeout(0.1):
        with pytest.raises(ServerUnavailable, match="breaker_open"):
            await ask(client, "题", lane="qq:1")  # whose only slot is taken
    hung.cancel()
