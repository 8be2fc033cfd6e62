"""The model is exchanged while questions are under way: none is lost, none is answered by the wrong one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from inference.client import Completion, ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, RequestRejected, ServerBusy, ServerUnavailable
from inference.prompts import question_messages
from inference.target import Target
from tests.fakes import ANSWER, ModelServer
from tests.inference.asking import ask, listen, open_connections, target_of, until
from tests.inference.conftest import MakeClient


@pytest.fixture
async def old(server: ModelServer) -> ModelServer:
    server.answer = "第一轮的回答"
    return server


@pytest.fixture
async def new() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        running.answer = "第二轮的回答"
        yield running


@pytest.fixture
def client(make_client: MakeClient, old: ModelServer) -> ModelClient:
    return make_client(round="1", max_concurrency=64, max_per_lane=64)


async def test_a_reply_names_the_round_that_gave_it(client: ModelClient, new: ModelServer):
    assert (await ask(client)).round == "1"
    client.turn_to(target_of(new, round="2"))
    assert client.target == target_of(new, round="2")
    assert (await ask(client)).round == (await listen(client))[1].round == "2"


async def test_questions_without_end_never_notice(client: ModelClient, old: ModelServer, new: ModelServer):
    """64 ask one question after the other, half of them listening, while the model is exchanged again and again.

    Each turn is a round of its own; odd ones are at the old server.
    """
    old.delay_s = new.delay_s = 0.005
    current, over = 1, False
    count, wrong = 0, list[str]()

    async def asker(number: int) -> None:
        nonlocal count
        for at in itertools.count():
            if over:
                return
            # Some questions are everybody's, most are of their own.
            question = f"大家的第 {at} 题" if number % 4 == 0 else f"{number} 的第 {at} 题"
            begun, lane = current, f"g{number % 5}"
            completion = await ask(client, question, lane) if number % 2 else (await listen(client, question, lane))[1]
            count += 1
            at_round = int(completion.round)
            if completion.text != (old if at_round % 2 else new).answer:
                wrong.append(f"{completion.text} is not of round {at_round}")
            if not begun <= at_round <= current:
                wrong.append(f"round {at_round} to what was asked in {begun}")

    askers = [asyncio.create_task(asker(number)) for number in range(64)]
    while current < 12 or count <= 300:  # a slow machine turns more often before it has heard as many
        await asyncio.sleep(0.06)
        current += 1
        client.turn_to(target_of(old if current % 2 else new, round=str(current)))
    over = True
    await asyncio.gather(*askers)
    assert wrong == []
    assert old.aborted == new.aborted == 0
    assert client.in_flight == client.queue_length == 0


@pytest.mark.parametrize("way", [ask, listen])
async def test_an_identical_question_after_the_turn_is_asked_at_the_new_one(
    client: ModelClient, old: ModelServer, new: ModelServer, way: type
):
    old.gate = asyncio.Event()
    first = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    later = await way(client)
    completion = later if isinstance(later, Completion) else later[1]
    assert (completion.round, completion.shared) == ("2", False)
    old.gate.set()
    assert (await first).round == "1"


async def test_also_after_turning_back(client: ModelClient, old: ModelServer, new: ModelServer):
    """A flight of the first round that ended up at the second must not be joined by who asks the first again."""
    old.gate, new.gate, old.modes = asyncio.Event(), asyncio.Event(), ["500"]
    first = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    old.gate.set()
    await until(lambda: new.in_flight == 1)
    client.turn_to(target_of(old, round="1"))
    assert (await ask(client)).round == "1"
    new.gate.set()
    assert (await first).round == "2"


async def test_what_waited_for_a_slot_goes_to_the_new_one(make_client: MakeClient, old: ModelServer, new: ModelServer):
    client = make_client(round="1", max_concurrency=1, max_per_lane=1)
    old.gate = asyncio.Event()
    asks = [asyncio.create_task(ask(client, f"第 {number} 题")) for number in range(4)]
    await until(lambda: client.queue_length == 3)
    client.turn_to(target_of(new, round="2"))
    old.gate.set()
    assert [(await one).round for one in asks] == ["1", "2", "2", "2"]


async def test_the_old_connections_close_after_the_last_question(
    client: ModelClient, old: ModelServer, new: ModelServer
):
    await asyncio.gather(*(ask(client, f"第 {number} 题") for number in range(5)))
    old.gate = asyncio.Event()
    last = [asyncio.create_task(ask(client, f"最后 {number} 题")) for number in range(2)]
    await until(lambda: old.in_flight == 2)
    assert open_connections(old) == 5
    client.turn_to(target_of(new, round="2"))
    await ask(client)
    assert open_connections(old) == 5
    last[0].cancel()
    await asyncio.sleep(0.05)
    assert open_connections(old) >= 1
    old.gate.set()
    assert (await last[1]).round == "1"
    await until(lambda: open_connections(old) == 0)
    assert (await ask(client)).round == "2"


async def test_idle_connections_close_at_the_turn(client: ModelClient, old: ModelServer, new: ModelServer):
    await ask(client)
    assert open_connections(old) == 1
    client.turn_to(target_of(new, round="2"))
    await until(lambda: open_connections(old) == 0)


async def test_closing_the_client_closes_all_of_them(client: ModelClient, old: ModelServer, new: ModelServer):
    old.mode = new.mode = "hang"
    asks = [asyncio.create_task(ask(client))]
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    asks.append(asyncio.create_task(ask(client)))
    await until(lambda: new.in_flight == 1)
    await client.aclose()
    for one in asks:
        with pytest.raises(ServerUnavailable, match="closed"):
            await one
    await until(lambda: open_connections(old) == open_connections(new) == 0)


@pytest.mark.parametrize("way", [ask, listen])
async def test_the_old_server_dies_under_its_questions(client: ModelClient, new: ModelServer, way: type):
    async with ModelServer() as dying:
        dying.gate = asyncio.Event()
        client.turn_to(target_of(dying, round="1"))
        asks = [asyncio.create_task(way(client, f"第 {number} 题")) for number in range(20)]
        await until(lambda: dying.in_flight == 20)
        client.turn_to(target_of(new, round="2"))
    found = await asyncio.gather(*asks)
    assert {(one if way is ask else one[1]).round for one in found} == {"2"}
    assert new.requests == 20


@pytest.mark.parametrize("mode", ["500", "404", "400", "reset"])
@pytest.mark.parametrize("way", [ask, listen])
async def test_what_the_old_server_fails_is_asked_anew(
    client: ModelClient, old: ModelServer, new: ModelServer, mode: str, way: type
):
    old.gate, old.mode = asyncio.Event(), mode
    asked = asyncio.create_task(way(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    old.gate.set()
    found = await asked
    assert (found if way is ask else found[1]).round == "2"
    assert (old.requests, new.requests) == (1, 1)


async def test_it_has_all_of_its_time_again(make_client: MakeClient, old: ModelServer, new: ModelServer):
    client = make_client(round="1", total_timeout_s=0.4, connect_timeout_s=0.3)
    old.mode, new.delay_s = "hang", 0.3
    asked = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    assert (await asked).round == "2"


async def test_what_the_hung_old_server_held_up_is_not_lost(
    make_client: MakeClient, old: ModelServer, new: ModelServer
):
    client = make_client(round="1", total_timeout_s=0.4, connect_timeout_s=0.3, max_concurrency=1, max_per_lane=1)
    old.mode = "hang"
    asks = [asyncio.create_task(ask(client, f"第 {number} 题")) for number in range(3)]
    await until(lambda: client.queue_length == 2)
    client.turn_to(target_of(new, round="2"))
    assert {(await one).round for one in asks} == {"2"}


@pytest.mark.parametrize(
    ("mode", "kind"), [("401", RequestRejected), ("429", ServerBusy), ("malformed", InferenceError)]
)
async def test_an_answer_of_the_old_server_is_an_answer(
    client: ModelClient, old: ModelServer, new: ModelServer, mode: str, kind: type[InferenceError]
):
    old.gate, old.mode = asyncio.Event(), mode
    asked = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    old.gate.set()
    with pytest.raises(kind):
        await asked
    assert new.requests == 0


async def test_a_stream_that_was_heard_is_not_begun_anew(client: ModelClient, old: ModelServer, new: ModelServer):
    old.answer, old.mode, old.chunk_delay_s = ANSWER, "reset_mid", 0.05
    heard: list[object] = []

    async def follow(pieces: AsyncIterator[object]) -> None:
        async for piece in pieces:
            heard.append(piece)
            client.turn_to(target_of(new, round="2"))

    async with aclosing(client.stream(question_messages("题"), lane="qq:1")) as pieces:
        with pytest.raises(ServerUnavailable, match="reset"):
            await follow(pieces)
    assert heard == [ANSWER[:4], ANSWER[4:8]]
    assert new.requests == 0


async def test_the_new_server_is_asked_once(client: ModelClient, old: ModelServer, new: ModelServer):
    old.gate, old.mode, new.mode = asyncio.Event(), "500", "500"
    asked = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(new, round="2"))
    old.gate.set()
    with pytest.raises(ServerUnavailable, match="http_500"):
        await asked
    assert (old.requests, new.requests) == (1, 1)


@pytest.mark.parametrize("nobody", [None, Target(())])
async def test_nobody_is_asked_after_turning_away(client: ModelClient, old: ModelServer, nobody: Target | None):
    old.gate = asyncio.Event()
    asked = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(nobody)
    assert client.target is None
    assert client.breaker_state == "closed"
    for way in (ask, listen):
        with pytest.raises(ServerUnavailable, match="not_configured"):
            await way(client)
    with pytest.raises(ServerUnavailable, match="not_configured"):
        await client.models()
    old.gate.set()
    assert (await asked).round == "1"


async def test_a_client_without_a_server_can_be_given_one(new: ModelServer):
    async with ModelClient(InferenceConfig()) as client:
        client.turn_to(target_of(new, round="2"))
        assert (await ask(client)).round == "2"


async def test_an_equal_target_changes_nothing(client: ModelClient, old: ModelServer):
    old.delay_s = 0.1
    first = asyncio.create_task(ask(client))
    await until(lambda: old.in_flight == 1)
    client.turn_to(target_of(old, round="1"))
    assert (await ask(client)).shared
    await first
    assert old.connections == open_connections(old) == 1


async def test_the_new_model_begins_with_a_clean_record(make_client: MakeClient, old: ModelServer, new: ModelServer):
    client = make_client(round="1", breaker_failures=1)
    old.mode = "500"
    with pytest.raises(ServerUnavailable):
        await ask(client)
    assert client.breaker_state == "open"
    client.turn_to(target_of(new, round="2"))
    assert client.breaker_state == "closed"
    assert (await ask(client)).round == "2"
