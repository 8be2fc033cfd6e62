"""Asking real servers on loopback: several prompts a call or one, streamed or not, and what fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from inference.chat_template import QWEN, QWEN3, ChatFormat
from tests.fakes import ModelServer, StaleServer, free_port
from tests.training.evaluation.served import Served
from training.evaluation.asking import Asker, Manner, Pile, latencies
from training.evaluation.errors import ServerFailed
from training.evaluation.wire import Reply, Wire


def echo(asked: str) -> str:
    return f"答{asked}"


INPUTS = [f"题{number}" for number in range(50)]


async def ask(
    url: str,
    inputs: list[str] = INPUTS,
    *,
    form: ChatFormat | None = QWEN,
    model: str = "",
    timeout_s: float = 5,
    in_first_line: bool = True,
    **manner: Any,
) -> tuple[list[Reply], bool]:
    """The replies in order, and whether several were asked in one call."""
    found: list[Reply] = [Reply("never came")] * len(inputs)
    ended: list[str] = []

    def came(pile: Pile, start: int, replies: list[Reply]) -> None:
        found[start : start + len(replies)] = replies

    async with Wire(url, timeout_s=timeout_s) as wire:
        asker = Asker([wire], Manner(**manner), form)
        await asker.prepare(model, inputs[0])
        await asker.ask([Pile("one", inputs, in_first_line)], came, lambda pile: ended.append(pile.name))
    assert ended == ["one"]
    return found, asker.batched


async def test_several_prompts_a_call_and_the_replies_in_order() -> None:
    async with Served(echo) as server:
        found, batched = await ask(server.url, batch=16, calls=2)
    assert batched
    assert [reply.text for reply in found] == [f"答题{number}" for number in range(50)]
    assert [count for path, count in server.calls if path == "completions"][1:] == [16, 16, 16, 2]
    body = server.bodies[-1]
    assert (body["temperature"], body["max_tokens"], body["model"]) == (0.0, 256, "candidate")
    assert "<|im_end|>" in body["stop"]
    assert body["prompt"][0].endswith("<|im_end|>\n<|im_start|>assistant\n")


async def test_the_prompt_is_that_of_the_family() -> None:
    async with Served(echo) as server:
        await ask(server.url, form=QWEN3)
    assert server.bodies[-1]["prompt"][0].endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


@pytest.mark.parametrize("streams", [False, True])
async def test_one_prompt_a_call_streamed_or_not(streams: bool) -> None:
    async with Served(echo) as server:
        server.streams = streams
        server.delay_s = 0.01
        found, batched = await ask(server.url, form=None, concurrency=8)
    assert not batched
    assert [reply.text for reply in found] == [f"答题{number}" for number in range(50)]
    assert 2 <= server.most_in_flight <= 8
    assert server.count("completions") == 0


@pytest.mark.parametrize("kind", ["absent", "only_first"])
async def test_a_server_that_takes_one_prompt_a_call_is_asked_by_chat(kind: str) -> None:
    async with Served(echo) as server:
        server.batches = kind != "absent"
        server.only_first = kind == "only_first"
        found, batched = await ask(server.url)
    assert not batched
    assert len({reply.text for reply in found}) == 50


async def test_replies_may_stop_at_their_first_line() -> None:
    async with Served(lambda asked: "B. 甲\n理由") as server:
        assert (await ask(server.url, first_line=True))[0][0].text == "B. 甲"
        assert (await ask(server.url, first_line=True, form=None))[0][0].text == "B. 甲"
        assert (await ask(server.url, first_line=True, in_first_line=False))[0][0].text == "B. 甲\n理由"
        assert (await ask(server.url))[0][0].text == "B. 甲\n理由"


async def test_a_server_that_knows_no_stop_words_is_cut_at_the_first_line() -> None:
    async with ModelServer() as server:
        server.answer = "B. 甲\n理由"
        assert (await ask(server.url, first_line=True, form=None))[0][0].text == "B. 甲"


async def test_a_server_that_answers_one_after_the_other_is_not_flooded() -> None:
    turn = asyncio.Lock()

    async with Served(echo) as server:
        server.turn, server.delay_s = turn, 0.03
        # 64 waiting ones would need two seconds.
        found, _ = await ask(server.url, form=None, timeout_s=1)
        assert not any(reply.problem for reply in found)
        assert server.most_in_flight <= 8


async def test_one_prompt_that_is_refused_costs_no_other_its_reply() -> None:
    async with Served(echo) as server:
        server.status = lambda asked: 400 if asked == "题7" else 200
        found, _ = await ask(server.url)
        assert found[7] == Reply("", "http_400")
        assert [reply.text for reply in found].count("") == 1
        found, _ = await ask(server.url, form=None)
        assert found[7] == Reply("", "http_400")
        assert found[8].text == "答题8"


async def test_too_many_failures_end_it_with_their_reasons() -> None:
    async with Served(echo) as server:
        server.status = lambda asked: 400 if asked[-1] in "37" else 200
        with pytest.raises(ServerFailed, match=r"50 题里已有 \d+ 题没拿到回答（http_400 \d+ 题）"):
            await ask(server.url)
        found, _ = await ask(server.url, most_failed_percent=25)
    assert sum(bool(reply.problem) for reply in found) == 10


async def test_an_empty_reply_is_the_models_fault() -> None:
    async with ModelServer() as server:
        server.mode = "empty"
        found, _ = await ask(server.url, form=None)
    assert found == [Reply("")] * 50


async def test_a_reset_and_a_busy_server_are_tried_again() -> None:
    async with Served(echo) as server:
        server.resets = 3
        found, _ = await ask(server.url, form=None, concurrency=4)
        assert not any(reply.problem for reply in found)
        server.busy = 3
        found, _ = await ask(server.url, batch=10)
        assert not any(reply.problem for reply in found)
    async with StaleServer() as stale:
        found, _ = await ask(stale.url, INPUTS[:6], form=None, model="m", concurrency=1)
        assert not any(reply.problem for reply in found)


async def test_a_server_that_is_not_there_or_refuses_everything() -> None:
    with pytest.raises(ServerFailed, match="没有服务在听"):
        await ask(f"http://127.0.0.1:{free_port()}")
    async with ModelServer() as server:
        server.mode = "401"
        with pytest.raises(ServerFailed, match="GONGKAO_MODEL_API_KEY"):
            await ask(server.url, form=None)
        server.mode = "ok"
        with pytest.raises(ServerFailed, match="没有这个模型"):
            await ask(server.url, form=None, model="other")
        server.model_names = []
        with pytest.raises(ServerFailed, match="请用 --model"):
            await ask(server.url)


async def test_a_server_that_hangs_or_dies_on_the_way() -> None:
    async with ModelServer() as server:
        server.modes = ["ok"]
        server.mode = "hang"
        with pytest.raises(ServerFailed, match="太久没有回答"):
            await ask(server.url, form=None, timeout_s=0.3)
    tired = asyncio.Event()

    def answer(asked: str) -> str:
        if asked == "题20":
            tired.set()
        return echo(asked)

    async with Served(answer) as served:

        async def die() -> None:
            await tired.wait()
            await served.__aexit__()

        served.delay_s = 0.02
        death = asyncio.create_task(die())
        with pytest.raises(ServerFailed, match=r"没有服务在听|中途断了"):
            await ask(served.url, [f"题{n}" for n in range(500)], form=None, concurrency=4)
        await death


async def test_latency_is_of_one_question_at_a_time() -> None:
    async with Served(echo) as server, Wire(server.url) as wire:
        wire.model = server.model
        server.delay_s = 0.02
        found = await latencies(wire, INPUTS[:5], max_tokens=8)
        assert len(found) == 5
        assert all(20 <= one < 500 for one in found)
        assert server.most_in_flight == 1
        assert len(await latencies(wire, INPUTS, max_tokens=8, enough_s=0.1)) == 8
        server.status = lambda asked: 400
        assert await latencies(wire, INPUTS[:5], max_tokens=8) == []
