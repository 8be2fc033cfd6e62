"""Identical questions share a request; different ones share the slots."""

import asyncio

import pytest

from inference.client import ModelClient
from inference.errors import ServerBusy, ServerUnavailable
from tests.fakes import ANSWER, ModelServer
from tests.inference.asking import ask, listen, until
from tests.inference.conftest import MakeClient


async def test_identical_questions_under_way_share_one_request(server: ModelServer, client: ModelClient) -> None:
    server.delay_s = 0.1
    replies = await asyncio.gather(*(ask(client, "同一题", lane=f"qq:{number}") for number in range(50)))
    assert server.requests == 1
    assert {reply.text for reply in replies} == {ANSWER}
    assert [reply.shared for reply in replies] == [False] + [True] * 49


async def test_different_questions_do_not_share(server: ModelServer, client: ModelClient) -> None:
    server.delay_s = 0.05
    await asyncio.gather(ask(client, "甲"), ask(client, "乙"))
    assert server.requests == 2


async def test_a_later_question_is_asked_anew(server: ModelServer, client: ModelClient) -> None:
    await ask(client)
    assert not (await ask(client)).shared
    assert server.requests == 2


async def test_a_listener_who_joins_an_unstreamed_request_gets_its_text_as_one_piece(
    server: ModelServer, client: ModelClient
) -> None:
    server.delay_s = 0.05
    whole, (texts, completion) = await asyncio.gather(ask(client), listen(client))
    assert texts == [whole.text]
    assert (whole.shared, completion.shared) == (False, True)
    assert server.requests == 1


async def test_who_joins_a_stream_without_listening_gets_the_whole(server: ModelServer, client: ModelClient) -> None:
    server.delay_s = 0.05
    (texts, _), whole = await asyncio.gather(listen(client), ask(client))
    assert whole.text == "".join(texts)
    assert whole.shared
    assert server.requests == 1


async def test_one_askers_cancellation_leaves_the_others(server: ModelServer, client: ModelClient) -> None:
    server.delay_s = 0.2
    first, second = asyncio.create_task(ask(client)), asyncio.create_task(ask(client))
    await until(lambda: server.in_flight == 1)
    first.cancel()
    assert (await second).text == ANSWER
    assert first.cancelled()
    assert (server.requests, server.aborted) == (1, 0)


async def test_the_last_askers_cancellation_reaches_the_server(server: ModelServer, client: ModelClient) -> None:
    server.mode = "hang"
    asks = [asyncio.create_task(ask(client)) for _ in range(3)]
    await until(lambda: server.in_flight == 1)
    for task in asks:
        task.cancel()
    await asyncio.gather(*asks, return_exceptions=True)
    await until(lambda: server.aborted == 1)
    await until(lambda: client.in_flight == 0)


async def test_who_asks_after_the_last_left_gets_a_new_request(server: ModelServer, client: ModelClient) -> None:
    server.modes = ["hang"]
    given_up = asyncio.create_task(ask(client))
    await until(lambda: server.in_flight == 1)
    given_up.cancel()
    await asyncio.sleep(0)
    reply = await ask(client)
    assert (reply.text, reply.shared) == (ANSWER, False)


async def test_a_failure_is_told_to_all_who_share_it(server: ModelServer, client: ModelClient) -> None:
    server.mode, server.delay_s = "500", 0.05
    results = await asyncio.gather(*(ask(client) for _ in range(5)), return_exceptions=True)
    assert [getattr(result, "reason", "") for result in results] == ["http_500"] * 5
    assert server.requests == 1


async def test_a_hung_request_takes_no_askers_for_ever(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(total_timeout_s=0.3, connect_timeout_s=0.2)
    server.modes = ["hang"]
    first = asyncio.create_task(ask(client))
    await until(lambda: server.in_flight == 1)
    with pytest.raises(ServerUnavailable, match="timeout"):
        await ask(client)
    assert (await ask(client)).text == ANSWER
    with pytest.raises(ServerUnavailable, match="timeout"):
        await first


async def test_one_hang_does_not_hold_up_others(server: ModelServer, client: ModelClient) -> None:
    server.modes = ["hang"]
    hung = asyncio.create_task(ask(client, "卡住的题"))
    await until(lambda: server.in_flight == 1)
    async with asyncio.timeout(10):
        await asyncio.gather(*(ask(client, f"第 {number} 题", lane="qq:2") for number in range(20)))
    hung.cancel()


async def test_the_server_never_sees_more_than_the_limit(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(max_concurrency=4, max_per_lane=3)
    server.delay_s = 0.01
    await asyncio.gather(*(ask(client, f"第 {number} 题", lane=f"qq:{number % 7}") for number in range(60)))
    assert server.most_in_flight == 4
    assert client.in_flight == client.queue_length == 0


async def test_a_single_ask_is_served_next_past_a_groups_flood(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(max_concurrency=1, max_per_lane=1, model="test-model")
    server.gate = asyncio.Event()
    flood = [asyncio.create_task(ask(client, f"洪水 {number}", lane="qq:flood")) for number in range(200)]
    await until(lambda: client.queue_length == 199)
    quiet = asyncio.create_task(ask(client, "安静", lane="qq:quiet"))
    await until(lambda: client.queue_length == 200)
    server.gate.set()
    await quiet
    assert [body["messages"][-1]["content"] for body in server.bodies].index("安静") == 1
    await asyncio.gather(*flood)


async def test_a_shared_question_waits_in_the_shortest_of_its_lanes(
    server: ModelServer, make_client: MakeClient
) -> None:
    client = make_client(max_concurrency=1, max_per_lane=1, model="test-model")
    server.gate = asyncio.Event()
    flood = [asyncio.create_task(ask(client, f"洪水 {number}", lane="qq:flood")) for number in range(50)]
    await until(lambda: client.queue_length == 49)
    quiet = asyncio.create_task(ask(client, "洪水 49", lane="qq:quiet"))
    await asyncio.sleep(0)
    server.gate.set()
    assert (await quiet).shared
    assert [body["messages"][-1]["content"] for body in server.bodies].index("洪水 49") <= 2
    await asyncio.gather(*flood)


async def test_hung_requests_of_one_group_leave_slots_for_others(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(max_concurrency=4, max_per_lane=2)
    server.modes = ["hang"] * 2
    hung = [asyncio.create_task(ask(client, f"卡住 {number}", lane="qq:1")) for number in range(8)]
    await until(lambda: server.in_flight == 2)
    async with asyncio.timeout(10):
        await ask(client, "另一群", lane="qq:2")
    for task in hung:
        task.cancel()


async def test_a_full_queue_tells_the_flood_not_the_others(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(max_concurrency=1, max_per_lane=1, max_queue=5, model="test-model")
    server.gate = asyncio.Event()
    flood = [asyncio.create_task(ask(client, f"洪水 {number}", lane="qq:flood")) for number in range(8)]
    await until(lambda: sum(task.done() for task in flood) == 2)
    quiet = asyncio.create_task(ask(client, "安静", lane="qq:quiet"))
    await until(lambda: sum(task.done() for task in flood) == 3)
    server.gate.set()
    assert (await quiet).text == ANSWER
    results = await asyncio.gather(*flood, return_exceptions=True)
    refused = [result for result in results if isinstance(result, ServerBusy)]
    assert [error.reason for error in refused] == ["queue_full"] * 3
    assert not isinstance(results[0], Exception)


async def test_waiting_counts_into_the_total(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(max_concurrency=1, max_per_lane=1, total_timeout_s=0.3, connect_timeout_s=0.2)
    server.mode = "hang"
    first = asyncio.create_task(ask(client, "甲"))
    await until(lambda: server.in_flight == 1)
    second = asyncio.create_task(ask(client, "乙"))
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert isinstance(results[0], ServerUnavailable)
    assert getattr(results[1], "reason", "") in {"queue_timeout", "timeout"}
    assert client.in_flight == client.queue_length == 0


async def test_cancelled_while_queued_is_never_sent(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(max_concurrency=1, max_per_lane=1, model="test-model")
    server.gate = asyncio.Event()
    first = asyncio.create_task(ask(client, "甲"))
    second = asyncio.create_task(ask(client, "乙"))
    await until(lambda: client.queue_length == 1)
    second.cancel()
    await until(lambda: client.queue_length == 0)
    server.gate.set()
    await first
    assert server.requests == 1
