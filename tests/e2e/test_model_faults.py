"""A model server in trouble: the group reads one plain sentence in time, and goes on being served."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes import ModelServer
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory, model: ModelServer) -> AsyncIterator[BotProcess]:
    process = await BotProcess(
        tmp_path_factory.mktemp("bot"), model_url=model.url, settings="answer_limit_s = 2"
    ).start()
    yield process
    await process.stop()


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("500", "暂时连不上"),
        ("429", "排不上队"),
        ("401", "没答出来"),
        ("reset", "暂时连不上"),
        ("malformed", "没答出来"),
        ("empty", "没答出来"),
    ],
)
async def test_a_failure_is_one_sentence_within_three_seconds_and_a_retry_works(
    peer: Peer, model: ModelServer, mode: str, sentence: str
):
    group = 3000 + sum(map(ord, mode))
    model.mode = mode
    started = time.monotonic()
    await peer.group(f"{mode}那一年发生的大事是什么", group=group)
    assert sentence in await peer.reply_to(f"group:{group}")
    assert time.monotonic() - started < 3
    model.mode = "ok"
    await peer.group(f"{mode}那一年发生的大事是什么", group=group)
    text = await peer.reply_to(f"group:{group}", count=2)
    assert "辛亥革命" in text
    assert "模型作答" in text
    await peer.group("/为什么", group=group)
    words = await peer.reply_to(f"group:{group}", count=3)
    assert "来源：模型 test-model" in words
    assert "50%" in words


async def test_a_hanging_model_costs_one_question_only(peer: Peer, model: ModelServer, starter_items):
    known = next(item for item in starter_items if item["kind"] == "short")
    model.modes = ["hang"]
    started = time.monotonic()
    await peer.group("会让模型卡住的题是哪道", group=3999, user=1)
    while not (model.in_flight or time.monotonic() - started > 2):
        await peer.silent("group:3999", for_s=0.05)
    await peer.group(known["stem"], group=3999, user=2)
    assert (await peer.reply_to("group:3999")).startswith(known["answer"])
    await peer.group("模型好了以后的题是哪道", group=3999, user=3)
    assert "辛亥革命" in await peer.reply_to("group:3999", count=2)
    assert time.monotonic() - started < 2
    assert "太久" in await peer.reply_to("group:3999", count=3)
    assert 1.5 < time.monotonic() - started < 4


async def test_nothing_of_the_provider_reaches_the_log_at_info_or_the_chat(bot: BotProcess):
    assert "Traceback" not in bot.log
