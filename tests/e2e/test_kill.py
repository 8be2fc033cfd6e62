"""kill -9 in the middle of a rush: nothing that was received is missing afterwards."""

import asyncio
from collections import Counter
from contextlib import suppress

import aiohttp
import pytest
from sqlalchemy import select

from store.config import StoreConfig
from store.db import open_engine, open_sessions
from store.models import Ask
from tests.fakes import ModelServer
from tests.peer import BotProcess, Peer

pytestmark = pytest.mark.slow


async def test_every_received_ask_is_stored_with_its_state(tmp_path):
    async with ModelServer() as model:
        model.delay_s = 0.2
        bot = await BotProcess(tmp_path, model_url=model.url).start()
        async with Peer(bot) as peer:
            for number in range(200):
                await peer.group(f"第{number}号没人会的题目是", group=600 + number % 20, user=number)
            while sum(map(len, peer.sent.values())) < 40:  # noqa: ASYNC110  the peer counts, nobody signals
                await asyncio.sleep(0.01)
            await bot.kill()
            replied = {Peer.text_of(m) for messages in peer.sent.values() for m in messages}
            with suppress(aiohttp.ClientError, ConnectionError):
                await peer.ws.close()
        again = await BotProcess(tmp_path, port=bot.port, model_url=model.url).start()
        async with Peer(again) as peer:
            await peer.private("重启之后的题目是", user=1)
            await peer.reply_to("private:1")
        await again.stop()
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path}/data/gongkao.db", StoreConfig())
    async with open_sessions(engine)() as session:
        asks = (await session.scalars(select(Ask).where(Ask.text.like("第%号没人会的题目是")))).all()
    await engine.dispose()
    states = Counter(ask.state for ask in asks)
    assert len({ask.text for ask in asks}) == len(asks) == 200
    assert set(states) == {"received", "answered"}
    stored = {ask.reply for ask in asks if ask.state == "answered"}
    assert replied <= stored
