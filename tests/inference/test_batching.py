"""Questions that share a call: each gets its own answer, may be given up alone, and suffers for no other."""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, Self

import pytest
from aiohttp import web

from inference.batching import Batcher
from inference.chat_template import QWEN
from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.connection import Connection
from inference.errors import MalformedReply, ServerUnavailable
from inference.prompts import question_messages
from inference.replies import Completion
from inference.target import Target

_USER = re.compile(r"<\|im_start\|>user\n(.*?)<\|im_end\|>", re.DOTALL)


class Server:
    """Answers ``题N`` with ``答N``, one or many a call; *texts* says what ``/v1/completions`` does."""

    def __init__(self) -> None:
        self.texts: int | str = "ok"
        """``ok``, a status, or ``odd`` for one reply to many prompts."""
        self.refused = ""
        """A call with this question is refused."""
        self.delay_s = 0.05
        self.calls: list[dict[str, Any]] = []
        self.alone: list[str] = []
        self.aborted = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.post("/v1/completions", self._texts), web.post("/v1/chat/completions", self._chat)])
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _texts(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(body)
        await self._wait()
        if isinstance(self.texts, int):
            return web.Response(status=self.texts)
        asked = [_USER.findall(prompt)[-1] for prompt in body["prompt"]]
        if self.refused and self.refused in asked:
            return web.Response(status=400)
        logprobs = {"token_logprobs": [None, math.log(0.5)]} if body.get("logprobs") else None
        choices = [
            {"index": at, "text": f" {_reply(one)}\n", "finish_reason": "stop", "logprobs": logprobs}
            for at, one in enumerate(asked)
        ]
        # Not every server keeps their order.
        return web.json_response({"choices": choices[:1] if self.texts == "odd" else choices[::-1]})

    async def _chat(self, request: web.Request) -> web.Response:
        asked = (await request.json())["messages"][-1]["content"]
        self.alone.append(asked)
        await self._wait()
        if asked == self.refused:
            return web.Response(status=400)
        return web.json_response({"choices": [{"message": {"content": _reply(asked)}}]})

    async def _wait(self) -> None:
        try:
            await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self.aborted += 1
            raise


def _reply(asked: str) -> str:
    return "" if asked == "题空" else asked.replace("题", "答")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as running:
        yield running


@pytest.fixture
async def client(server: Server) -> AsyncIterator[ModelClient]:
    config = InferenceConfig(
        base_url=server.url,
        model="m",
        chat_format="qwen",
        batch_from=1,
        max_concurrency=64,
        max_per_lane=64,
        total_timeout_s=4,
    )
    async with ModelClient(config) as made:
        yield made


async def burst(client: ModelClient, count: int = 40) -> list[Completion]:
    asks = (client.complete(question_messages(f"题{number}"), lane=f"g{number % 5}") for number in range(count))
    return await asyncio.gather(*asks)


async def test_what_is_asked_together_goes_in_one_call(client: ModelClient, server: Server):
    found = await burst(client)
    assert [one.text for one in found] == [f"答{number}" for number in range(40)]
    assert len(server.calls) == 1
    assert server.alone == []
    assert [one.confidence for one in found] == [pytest.approx(0.5)] * 40
    assert server.calls[0]["prompt"][3] == QWEN.render_messages(question_messages("题3"))
    assert server.calls[0]["stop"] == list(QWEN.stop_words)
    assert server.calls[0]["temperature"] == 0


async def test_few_questions_go_the_plain_way_where_a_confidence_comes_with_it(server: Server):
    config = InferenceConfig(
        base_url=(server.url,), model="m", chat_format="qwen", batch_from=10, max_concurrency=64, max_per_lane=64
    )
    async with ModelClient(config) as client:
        await burst(client, 9)
        assert (server.calls, len(server.alone)) == ([], 9)
        await burst(client, 20)
    assert len(server.alone) == 18
    assert sum(len(call["prompt"]) for call in server.calls) == 11


async def test_a_lone_question_goes_the_plain_way(client: ModelClient, server: Server):
    assert (await client.complete(question_messages("题1"), lane="g")).text == "答1"
    assert (server.calls, server.alone) == ([], ["题1"])


async def test_what_comes_while_a_call_is_under_way_shares_the_next(client: ModelClient, server: Server):
    server.delay_s = 0.2
    first = asyncio.create_task(client.complete(question_messages("题0"), lane="g"))
    await asyncio.sleep(0.05)
    found = await burst(client, 10)
    assert (await first).text == "答0"
    assert len(found) == 10
    # The first one was joined by its twin of the burst; the other nine came in one call.
    assert [len(call["prompt"]) for call in server.calls] == [9]


async def test_whoever_leaves_takes_nothing_from_the_others(client: ModelClient, server: Server):
    server.delay_s = 0.2
    asks = [asyncio.create_task(client.complete(question_messages(f"题{n}"), lane="g")) for n in range(6)]
    await asyncio.sleep(0.1)
    for one in asks[:3]:
        one.cancel()
    assert [(await one).text for one in asks[3:]] == ["答3", "答4", "答5"]
    assert server.aborted == 0


async def test_a_call_that_nobody_waits_for_is_given_up(client: ModelClient, server: Server):
    server.delay_s = 5
    asks = [asyncio.create_task(client.complete(question_messages(f"题{n}"), lane="g")) for n in range(6)]
    await asyncio.sleep(0.1)
    for one in asks:
        one.cancel()
    async with asyncio.timeout(2):
        while not server.aborted:  # noqa: ASYNC110 - the server's side, no event tells
            await asyncio.sleep(0.01)
    assert (client.in_flight, client.queue_length) == (0, 0)


async def test_each_question_has_its_own_deadline(server: Server):
    server.delay_s = 0.5
    connection = Connection(server.url, InferenceConfig(), None)
    batcher = Batcher(connection, QWEN, gather_s=0, most=9)
    now = asyncio.get_running_loop().time()

    async def never() -> Completion:
        raise AssertionError

    hurried, patient = await asyncio.gather(
        *(
            batcher.ask(question_messages(f"题{n}"), {"model": "m", "max_tokens": 9, "temperature": 0}, end, never)
            for n, end in enumerate((now + 0.1, now + 3))
        ),
        return_exceptions=True,
    )
    assert isinstance(hurried, ServerUnavailable)
    assert hurried.reason == "timeout"
    assert isinstance(patient, Completion)
    assert patient.text == "答1"
    await batcher.aclose()
    await connection.aclose()


async def test_a_question_that_the_server_refuses_costs_the_others_nothing(client: ModelClient, server: Server):
    server.refused = "题2"
    asks = (client.complete(question_messages(f"题{n}"), lane="g") for n in range(5))
    found = await asyncio.gather(*asks, return_exceptions=True)
    assert [type(one).__name__ for one in found].count("Completion") == 4
    assert "http_400" in str(found[2])
    server.refused = ""
    await burst(client, 5)
    assert len(server.calls) == 2  # it is still asked so


async def test_an_empty_answer_is_that_questions_own(client: ModelClient):
    asks = (client.complete(question_messages(text), lane="g") for text in ("题1", "题空", "题3"))
    one, empty, three = await asyncio.gather(*asks, return_exceptions=True)
    assert isinstance(empty, MalformedReply)
    assert isinstance(one, Completion)
    assert isinstance(three, Completion)
    assert (one.text, three.text) == ("答1", "答3")


@pytest.mark.parametrize("how", [404, "odd"])
async def test_a_server_that_knows_no_such_call_is_asked_one_by_one(
    client: ModelClient, server: Server, how: int | str
):
    server.texts = how
    for _ in range(2):
        assert [one.text for one in await burst(client, 6)] == [f"答{number}" for number in range(6)]
    assert len(server.calls) == 1


async def test_a_server_that_is_down_is_down_for_all(client: ModelClient, server: Server):
    server.texts = 503
    asks = (client.complete(question_messages(f"题{n}"), lane="g") for n in range(4))
    found = await asyncio.gather(*asks, return_exceptions=True)
    assert {str(one) for one in found} == {"http_503"}
    assert server.alone == []


SETTINGS = {"model": "m", "max_tokens": 9, "temperature": 0}


@pytest.mark.parametrize("seed", range(6))
async def test_in_a_storm_each_gets_its_own_answer_or_none(server: Server, seed: int):
    """Some leave, some have little time, some are refused: nobody gets another's answer, and all who can get theirs."""
    chance = random.Random(seed)
    server.delay_s, server.refused = 0.03, "题7"
    server.texts = chance.choice(["ok", "ok", "odd", 404])
    connection = Connection(server.url, InferenceConfig(), None)
    batcher = Batcher(connection, QWEN, gather_s=0.002, most=chance.choice([2, 7, 256]))
    loop = asyncio.get_running_loop()

    async def one(number: int) -> str:
        await asyncio.sleep(chance.random() * 0.1)
        messages = question_messages(f"题{number}")
        deadline = loop.time() + (chance.random() * 0.1 if number % 3 == 0 else 5)
        alone = partial(connection.whole, {**SETTINGS, "messages": messages}, deadline)
        return (await batcher.ask(messages, SETTINGS, deadline, alone)).text

    asks = [asyncio.create_task(one(number)) for number in range(120)]
    for number, task in enumerate(asks):
        if number % 5 == 0:
            loop.call_later(chance.random() * 0.15, task.cancel)
    found = await asyncio.gather(*asks, return_exceptions=True)
    for number, reply in enumerate(found):
        if isinstance(reply, asyncio.CancelledError):
            assert number % 5 == 0
        elif isinstance(reply, ServerUnavailable):
            assert (reply.reason, number % 3) == ("timeout", 0)
        elif number == 7:
            assert str(reply) == "http_400"
        else:
            assert reply == f"答{number}"
    await batcher.aclose()
    await connection.aclose()


async def test_closing_lets_nobody_wait(server: Server):
    server.delay_s = 5
    connection = Connection(server.url, InferenceConfig(), None)
    batcher = Batcher(connection, QWEN, gather_s=1, most=9)

    async def never() -> Completion:
        raise AssertionError

    def asked(number: int) -> asyncio.Task[Completion]:
        deadline = asyncio.get_running_loop().time() + 60
        return asyncio.create_task(batcher.ask(question_messages(f"题{number}"), SETTINGS, deadline, never))

    under_way = [asked(1), asked(2)]
    await asyncio.sleep(0.1)
    gathering = asked(3)
    await asyncio.sleep(0.01)
    await batcher.aclose()
    for task in [*under_way, gathering]:
        with pytest.raises(ServerUnavailable, match="closed"):
            await task
    await connection.aclose()


async def test_each_server_has_calls_of_its_own(server: Server):
    async with Server() as second:
        config = InferenceConfig.model_validate(
            {
                "base_url": [server.url, second.url],
                "model": "m",
                "chat_format": "qwen",
                "batch_from": 1,
                "max_per_lane": 32,
                "remember_s": 0,
            }
        )
        async with ModelClient(config) as client:
            assert [one.text for one in await burst(client, 20)] == [f"答{number}" for number in range(20)]
            assert [[len(call["prompt"]) for call in one.calls] for one in (server, second)] == [[10], [10]]
            # What the one refuses to know is no matter of the other's.
            server.texts = 404
            await burst(client, 20)
            await burst(client, 20)
    assert [[len(call["prompt"]) for call in one.calls] for one in (server, second)] == [[10, 10], [10, 10, 10]]


async def test_a_shared_call_that_the_old_server_drops_is_asked_at_the_new_one(client: ModelClient, server: Server):
    server.delay_s = 0.3
    server.texts = 503
    asks = asyncio.create_task(burst(client))
    await asyncio.sleep(0.1)
    async with Server() as new:
        client.turn_to(Target((new.url,), "m", "2", "qwen"))
        found = await asks
        assert [(one.text, one.round) for one in found] == [(f"答{number}", "2") for number in range(40)]
        assert sum(len(call["prompt"]) for call in new.calls) + len(new.alone) == 40
