"""Two processes of one QQ account on one database: what both hear is answered once, what is due goes out once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Delivery, Subscription
from tests.peer import BotProcess
from tests.platforms.qq_server import APP_ID, SECRET, QqServer, text_of

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis]
ACCOUNT = f"qqbot:{APP_ID}"
_QUICK = "[sending.qq]\nspacing_s = 0.0\njitter_s = 0.0"


@pytest.fixture
async def marks(redis_url: str) -> AsyncIterator[str]:
    """A Redis for both processes; what they leave there of this account is deleted."""
    yield redis_url
    async with Redis.from_url(redis_url) as client:
        async for key in client.scan_iter(match=f"gongkao:*{ACCOUNT}:*"):
            await client.delete(key)


@contextlib.asynccontextmanager
async def two(server: QqServer, tmp_path: Path, env: dict[str, str]) -> AsyncGenerator[list[BotProcess]]:
    bots: list[BotProcess] = []
    try:
        for name in ("first", "second"):
            bots.append(BotProcess(tmp_path / name, settings=f"{server.settings()}\n{_QUICK}", env=env))
            await bots[-1].start()
        await server.connected(processes=2)
        yield bots
    finally:
        for bot in bots:
            await bot.stop()


async def due(sessions: Sessions, openid: str, count: int) -> None:
    """*count* pushes of this minute in a group."""
    now, lane = datetime.now(UTC).replace(second=0, microsecond=0), f"qqbot:{openid}"
    minute = (now.hour * 60 + now.minute + 480) % 1440
    async with sessions.begin() as session:
        for number in range(1, count + 1):
            told = Subscription(account=ACCOUNT, lane=lane, group_id=lane, number=number, minute=minute, count=1)
            told.next_at, told.made_by = now, "qqbot:U1"
            session.add(told)


async def test_nothing_is_said_twice(
    tmp_path: Path, postgres_url: str, marks: str, starter_items: list[dict[str, Any]]
):
    env = {"GONGKAO_QQ_SECRET": SECRET, "GONGKAO_DATABASE_URL": postgres_url, "GONGKAO_REDIS_URL": marks}
    item = next(one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4)
    asked = "\n".join(
        [item["stem"], *(f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True))]
    )
    engine = open_engine(postgres_url, StoreConfig())
    sessions = open_sessions(engine)
    async with QqServer() as server, two(server, tmp_path, env) as bots:
        groups = [f"BOTH{number}" for number in range(8)]
        await asyncio.gather(*(server.group(asked, group=group) for group in groups))
        for group in groups:
            assert item["answer"] in (await server.texts(group, 1))[0]

        # A game lives in the process that began it, and is answered there, whoever else hears the answer.
        await server.group("/出题 单选 1题", group="GAME")
        text = (await server.texts("GAME", 1))[0].partition("第 1/1 题")[2]
        known = {one["stem"]: one["answer"] for one in starter_items}
        await server.group(next(key for stem, key in known.items() if stem in text), group="GAME", user="A")
        await server.texts("GAME", 2)

        # In turn to one or the other, as behind a load balancer.
        server.shares = True
        for number in range(4):
            await server.group(asked, group=f"TURN{number}")
            await server.texts(f"TURN{number}", 1)
        server.shares = False

        # Both clocks find the same pushes, and both processes may answer one and the same message.
        await server.group("/帮助 出题", group="PUSH")
        await server.texts("PUSH", 1)
        await due(sessions, "PUSH", 3)
        await server.texts("PUSH", 4)
        await asyncio.sleep(1)

        said = [one["to"] for one in server.sent]
        assert sorted(said) == sorted(
            [*groups, "GAME", "GAME", *(f"TURN{number}" for number in range(4)), *["PUSH"] * 4]
        )
        assert server.refused == []
        numbered = [(one["to"], one["msg_id"], one["msg_seq"]) for one in server.sent]
        assert len(set(numbered)) == len(numbered)
        assert sum("退订" in text_of(one) for one in server.sent if one["to"] == "PUSH") == 3
        assert sum([await bot.ignored("repeated_event") for bot in bots]) >= len(groups)
        async with sessions() as session:
            assert (await session.scalars(select(Delivery.state))).all() == ["sent"] * 3
    await engine.dispose()
    for bot in bots:
        assert "Traceback" not in bot.log
