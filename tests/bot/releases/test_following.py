"""A bot follows the release table: a real database, a real client, model servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.services import replies
from bot.services.calibrations import Calibrations
from bot.services.changing import Changing
from bot.services.releases import Follower
from bot.wiring.answering import lent
from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import ServerUnavailable
from inference.serving.turns import PLACE, GpuTurn
from store import releases
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Release, ServingHost, TrainingRound, now
from tests.fakes import ModelServer
from tests.inference.asking import ask, until
from tests.rounds import row_of

CALIBRATION = {"points": [[0.2, 0.1], [0.9, 0.8]], "answers": 99, "cut": 0.5}


class Stage:
    """A bot's follower, and the table as a keeper elsewhere would write it."""

    def __init__(self, sessions: Sessions, model: ModelClient) -> None:
        self.sessions, self.model = sessions, model
        self.changing = Changing(limit_s=5, wait_s=5)
        self.calibrations = Calibrations()
        self.follower = Follower(sessions, model, self.changing, self.calibrations, every_s=0.01)

    async def keeper(self, *, silent_s: float = 0, left: bool = False) -> None:
        async with self.sessions.begin() as session:
            await session.merge(ServingHost(name="gpu1:7", seen_at=now() - timedelta(seconds=silent_s), left=left))

    async def release(self, status: str, server: ModelServer | None = None, **more: Any) -> int:
        """A row of that status; its number. *server* is where its model answers."""
        if server is not None:
            more |= {"url": server.url, "name": server.model_names[0]}
        async with self.sessions.begin() as session:
            if (number := more.get("round_id")) and await session.get(TrainingRound, number) is None:
                session.add(row_of("ready", number))
                await session.flush()
            plain = {"kind": "promote", "model": "/models/m", "status": status}
            return (await releases.add(session, {**plain, **more})).id

    async def set(self, number: int, **values: Any) -> None:
        async with self.sessions.begin() as session:
            row = await session.get_one(Release, number)
            for name, value in values.items():
                setattr(row, name, value)

    async def answer(self) -> str:
        return (await ask(self.model)).text


async def _server(stack: AsyncExitStack, name: str) -> ModelServer:
    server = await stack.enter_async_context(ModelServer())
    server.model_names, server.answer = [name], f"{name} 的回答"
    return server


@pytest.fixture
async def servers() -> AsyncIterator[tuple[ModelServer, ModelServer]]:
    async with AsyncExitStack() as stack:
        yield await _server(stack, "round-1-r1"), await _server(stack, "round-2-r2")


@pytest.fixture
async def stage(sessions: Sessions) -> AsyncIterator[Stage]:
    config = InferenceConfig(connect_timeout_s=10, total_timeout_s=40, change_wait_s=5)
    async with ModelClient(config) as model:
        yield Stage(sessions, model)


async def test_without_releases_there_is_no_model(stage: Stage):
    await stage.follower.look()
    assert (stage.model.target, stage.model.available, stage.changing.now) == (None, False, False)


async def test_it_turns_to_what_serves_holds_while_it_is_exchanged_and_turns_again(
    stage: Stage, servers: tuple[ModelServer, ModelServer]
):
    first, second = servers
    await stage.keeper()
    one = await stage.release("serving", first, round_id=1, chat_format="qwen")
    await stage.follower.look()
    assert stage.model.target is not None
    assert (stage.model.target.round, stage.model.target.chat_format) == ("1", "qwen")
    assert await stage.answer() == "round-1-r1 的回答"

    # A candidate that is started beside it changes nothing.
    two = await stage.release("starting", second, round_id=2)
    await stage.follower.look()
    assert not stage.model.changing
    # Without room for two the one that served makes way first.
    await stage.set(one, status="draining")
    await stage.follower.look()
    assert (stage.model.changing, stage.changing.now) == (True, True)
    told: list[str] = []

    async def notice(sentence: str) -> None:
        told.append(sentence)

    async def question() -> str:
        async with stage.changing.asking(notice):
            return await stage.answer()

    waiting = asyncio.create_task(question())
    await until(lambda: stage.model.queue_length == 1 and told == [replies.MODEL_CHANGING])

    await stage.set(two, status="serving")
    await stage.follower.look()
    assert await waiting == "round-2-r2 的回答"
    assert (stage.model.changing, stage.changing.now) == (False, False)
    assert (first.requests, second.requests) == (1, 1)

    await stage.set(two, status="ended")
    await stage.follower.look()
    assert stage.model.target is None
    with pytest.raises(ServerUnavailable, match="not_configured"):
        await stage.answer()


async def test_an_exchange_that_comes_to_nothing_lets_the_waiting_go(stage: Stage):
    await stage.keeper()
    number = await stage.release("asked")
    await stage.follower.look()
    assert stage.model.changing
    waiting = asyncio.create_task(stage.answer())
    await until(lambda: stage.model.queue_length == 1)
    await stage.set(number, status="failed")
    await stage.follower.look()
    with pytest.raises(ServerUnavailable, match="not_configured"):
        await waiting
    assert not stage.changing.now


async def test_questions_wait_for_a_server_that_is_started_anew(stage: Stage, servers: tuple[ModelServer, ModelServer]):
    server, _ = servers
    await stage.keeper()
    number = await stage.release("serving", server, answering=False)
    await stage.follower.look()
    assert stage.model.changing
    waiting = asyncio.create_task(stage.answer())
    await until(lambda: stage.model.queue_length == 1)
    await stage.set(number, answering=True)
    await stage.follower.look()
    assert await waiting == "round-1-r1 的回答"


@pytest.mark.parametrize("how", [{"silent_s": 31}, {"left": True}])
async def test_nobody_waits_for_a_keeper_that_is_gone(
    stage: Stage, servers: tuple[ModelServer, ModelServer], how: dict[str, Any]
):
    server, _ = servers
    await stage.keeper(**how)
    await stage.release("starting", servers[1], round_id=2)
    await stage.follower.look()
    assert (stage.model.changing, stage.changing.now, stage.model.patience_s) == (False, False, 0)
    # A server outlives its keeper: it is asked, whatever was written of it last.
    await stage.release("serving", server, answering=False)
    await stage.follower.look()
    assert await stage.answer() == "round-1-r1 的回答"


async def test_the_wait_ends_once_the_keeper_is_silent(stage: Stage):
    await stage.keeper(silent_s=29)
    await stage.release("asked")
    await stage.follower.look()
    assert stage.model.changing
    assert stage.model.patience_s > 0
    await stage.keeper(silent_s=31)
    await stage.follower.look()
    assert (stage.model.changing, stage.changing.now) == (False, False)


async def test_calibrations_are_learnt_from_what_serves(stage: Stage, servers: tuple[ModelServer, ModelServer]):
    first, second = servers
    one = await stage.release("serving", first, round_id=1, checks={"calibration": CALIBRATION})
    await stage.follower.look()
    known = stage.calibrations.of("1")
    assert known is not None
    assert (known.apply(0.2), known.cut) == (0.1, 0.5)
    assert stage.calibrations.of("2") is None
    await stage.set(one, status="ended")
    await stage.release("serving", second, round_id=2, checks={"calibration": {"points": "?"}})
    await stage.follower.look()
    # What cannot be read is none, and does not keep the model from serving.
    assert stage.calibrations.of("2") is None
    assert await stage.answer() == "round-2-r2 的回答"


async def test_the_same_round_started_again_brings_its_calibration_of_now(
    stage: Stage, servers: tuple[ModelServer, ModelServer]
):
    first, second = servers
    one = await stage.release("serving", first, round_id=1, checks={"calibration": CALIBRATION})
    await stage.follower.look()
    await stage.set(one, status="ended")
    await stage.release("serving", second, round_id=1, checks={"calibration": {}})
    await stage.follower.look()
    assert stage.calibrations.of("1") is None


@pytest.mark.parametrize(
    ("worker", "progress", "silent_s", "learning"),
    [
        ("gpu1:9", {"lent": True, "stage": "训练"}, 0, True),
        ("gpu1:9", {"stage": "备训练集"}, 0, False),
        ("trainer:9", {"lent": True}, 0, False),
        ("gpu1:9", {"lent": True}, 90, False),
    ],
)
async def test_a_model_learns_while_a_round_has_the_gpu_of_its_machine(
    stage: Stage, worker: str, progress: dict[str, Any], silent_s: float, learning: bool
):
    assert not stage.follower.learning
    seen = now() - timedelta(seconds=silent_s)
    async with stage.sessions.begin() as session:
        session.add(row_of("running", 3, worker=worker, progress=progress, heartbeat_at=seen))
    await stage.follower.look()
    assert not stage.follower.learning
    await stage.keeper()
    await stage.follower.look()
    assert stage.follower.learning is learning


@pytest.mark.parametrize(
    ("urls", "learning"),
    [(("http://127.0.0.1:1",), True), (("http://gpu1:1", "http://localhost:1"), True), (("http://gpu1:1",), False)],
)
async def test_a_model_that_the_settings_name_learns_only_on_this_machine(
    tmp_path: Path, urls: tuple[str, ...], learning: bool
):
    told = lent(tmp_path, urls)
    assert not told()
    async with GpuTurn(tmp_path / PLACE).training(limit_s=1, stop=asyncio.Event()):
        assert told() is learning


async def test_a_model_that_no_round_made_has_no_calibration(stage: Stage, servers: tuple[ModelServer, ModelServer]):
    await stage.release("serving", servers[0], kind="folder")
    await stage.follower.look()
    assert stage.calibrations.of("") is None
    assert await stage.answer() == "round-1-r1 的回答"


async def test_a_database_that_is_away_leaves_the_model_as_it_was(
    stage: Stage, servers: tuple[ModelServer, ModelServer]
):
    first, second = servers
    one = await stage.release("serving", first, round_id=1)
    watching = asyncio.create_task(stage.follower.watch())
    try:
        await until(lambda: stage.model.target is not None)
        async with stage.sessions.begin() as session:
            await session.execute(text("ALTER TABLE release RENAME TO away"))
        await asyncio.sleep(0.1)
        assert await stage.answer() == "round-1-r1 的回答"
        async with stage.sessions.begin() as session:
            await session.execute(text("ALTER TABLE away RENAME TO release"))
        await stage.set(one, status="ended")
        await stage.release("serving", second, round_id=2)
        await until(lambda: stage.model.target is not None and stage.model.target.round == "2")
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_server_of_the_database_that_cannot_be_reached_is_waited_for(servers: tuple[ModelServer, ModelServer]):
    # Nobody listens there: the driver says so with an OSError.
    engine = open_engine("postgresql+asyncpg://nobody@127.0.0.1:9/none", StoreConfig())
    async with ModelClient(InferenceConfig(base_url=(servers[0].url,), model="round-1-r1")) as model:
        stage = Stage(open_sessions(engine), model)
        watching = asyncio.create_task(stage.follower.watch())
        await asyncio.sleep(0.2)
        assert not watching.done()
        assert await stage.answer() == "round-1-r1 的回答"
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    await engine.dispose()
