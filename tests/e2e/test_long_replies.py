"""A long answer in a group is one folded message, or plain text where the platform folds nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.adapters.onebot11.forwarding import LONG
from tests.fakes import ModelServer
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
ANSWER = "\n\n".join(f"第{number}点，" + "材料里的一句话，" * 10 for number in range(1, 9))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        server.answer = ANSWER
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory, model: ModelServer) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot"), model_url=model.url).start()
    yield process
    await process.stop()


@pytest.mark.parametrize("forwards", [True, False])
async def test_a_long_answer_is_one_message(peer: Peer, forwards: bool):
    peer.forwards, chat = forwards, f"group:{980 + forwards}"
    await peer.group("那一年发生的几件大事分别说明什么", group=980 + forwards)
    text = await peer.reply_to(chat)
    assert len(ANSWER) > LONG
    assert await peer.silent(chat)
    [message] = peer.sent[chat]
    assert message["forward"] is forwards
    assert len(message["segments"]) == (8 if forwards else 2)
    # Quoted like any other answer.
    await peer.message(
        [
            {"type": "reply", "data": {"id": str(message["message_id"])}},
            {"type": "text", "data": {"text": "/为什么"}},
        ],
        group=980 + forwards,
    )
    assert "模型" in await peer.reply_to(chat, count=2)
    assert text.endswith("—— 模型作答，仅供参考")


async def test_in_private_it_stays_text(peer: Peer):
    await peer.private("那一年发生的几件小事分别说明什么", user=7500001)
    await peer.reply_to("private:7500001")
    [message] = peer.sent["private:7500001"]
    assert not message["forward"]
