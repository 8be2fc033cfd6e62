"""Real ``transformers serve`` processes take turns under a keeper, while members ask without a pause.

``make environments`` makes what they run in: the trainer's environment (transformers 4). ``GONGKAO_SERVING_ENV`` names
another one (transformers 5).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from bot.services.calibrations import Calibrations
from bot.services.changing import Changing
from bot.services.releases.following import Follower
from inference.client import Completion, ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, RequestRejected
from inference.prompts import question_messages
from inference.serving.probe import Probe
from inference.serving.process import MARK
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from store.models import Release, now
from tests.environments import python_of
from tests.training.releases.conftest import Stage, port_pair
from tests.training.releases.parrot import parrot
from training.releases.exchange import HEARD_S

pytestmark = [pytest.mark.slow]

ASKERS = 8
OLD, NEW = "甲 abcdefghijklmnopqrstuvwxyz", "乙 zyxwvutsrqponmlkjihgfedcba"
"""What the two models say to everything."""
LIMIT_S = 60
"""An engine starts in five seconds; on a busy machine that takes several times as long."""
NOBODY = {"account": "", "member_id": "", "group_id": None}


@dataclass(frozen=True)
class Asked:
    began: datetime
    ended: datetime
    streamed: bool
    answer: Completion | InferenceError


@dataclass
class Load:
    """Members that never stop to ask, as the bot asks for them; every second one sees the answer being written."""

    client: ModelClient
    asked: list[Asked] = field(default_factory=list[Asked])

    async def asker(self, number: int) -> None:
        streamed = number % 2 == 1
        for at in itertools.count():
            began = now()
            try:
                answer = await ask(self.client, f"{number} 的第 {at} 题", streamed=streamed)
            except InferenceError as error:
                answer = error
            self.asked.append(Asked(began, now(), streamed, answer))

    @property
    def answered(self) -> list[tuple[Asked, Completion]]:
        return [(one, one.answer) for one in self.asked if isinstance(one.answer, Completion)]

    @property
    def failed(self) -> list[Asked]:
        return [one for one in self.asked if isinstance(one.answer, InferenceError)]

    async def go_on(self) -> None:
        """Until questions of now have been answered, three for each asker."""
        since = now()
        async with asyncio.timeout(LIMIT_S):
            while sum(one.began > since for one, _ in self.answered) < 3 * ASKERS:  # noqa: ASYNC110 - the askers have no event
                await asyncio.sleep(0.05)


async def ask(client: ModelClient, question: str, *, streamed: bool = False) -> Completion:
    messages = question_messages(question)
    if not streamed:
        return await client.complete(messages, lane="qq:1")
    async with aclosing(client.stream(messages, lane="qq:1")) as parts:
        *_, answer = [part async for part in parts]
    assert isinstance(answer, Completion)
    return answer


def client_of(**settings: object) -> ModelClient:
    """One that waits for a busy machine, and never answers from memory."""
    patient = {"total_timeout_s": LIMIT_S, "first_token_timeout_s": LIMIT_S, "idle_timeout_s": LIMIT_S}
    return ModelClient(InferenceConfig.model_validate({"max_tokens": 40, "remember_s": 0, **patient, **settings}))


@asynccontextmanager
async def asking(stage: Stage) -> AsyncGenerator[Load]:
    """All askers of a bot, and its follower."""
    async with client_of() as client:
        follower = Follower(stage.sessions, client, Changing(limit_s=LIMIT_S, wait_s=LIMIT_S), Calibrations())
        await follower.look()
        load = Load(client)
        tasks = [asyncio.create_task(load.asker(number)) for number in range(ASKERS)]
        tasks.append(asyncio.create_task(follower.watch()))
        try:
            yield load
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


@pytest.fixture(scope="module")
def python() -> Path:
    return python_of("serving" if "GONGKAO_SERVING_ENV" in os.environ else "training")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Nothing that was started for it is left afterwards, however the test ends."""
    folder = tmp_path / "home"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        # So small a model only waits for further threads, the longer the busier the machine is.
        patch.setenv("OMP_NUM_THREADS", "1")
        yield folder
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK, "").startswith(f"{folder.resolve()}/"):
                process.kill()


@pytest.fixture
async def stage(home: Path, sqlite_url: str, python: Path) -> AsyncIterator[Stage]:
    await ensure_schema(sqlite_url, StoreConfig())
    engine = open_engine(sqlite_url, StoreConfig())
    yield Stage(home, sqlite_url, open_sessions(engine), python, {"engine": "transformers", "smoke": 4})
    await engine.dispose()


async def trained(stage: Stage) -> int:
    """A round whose model answers as it did in its evaluation; its number."""
    number = await stage.round()
    folder = stage.rounds.folder(number)
    parrot(folder.model, NEW)
    replies = folder.evaluation / "candidate" / "replies.jsonl"
    replies.parent.mkdir(parents=True)
    reply = {"set": "holdout", "reply": NEW, "right": True, "truncated": False}
    replies.write_text("".join(json.dumps({**reply, "input": f"题 {at}"}) + "\n" for at in range(6)), encoding="utf-8")
    return number


def process_of(stage: Stage, release: int) -> psutil.Process:
    return psutil.Process(stage.keeper().machine.running()[release].id.pid)


def judge(asked: Asked, answer: Completion, rows: dict[str, Release]) -> None:
    """Whether the model that answered served then, and is what the answer calls it."""
    # Transformers 5 adds a revision to the name.
    row = rows[answer.model.removesuffix("@main")]
    assert answer.text == (OLD if row.round_id is None else NEW)
    assert answer.round == ("" if row.round_id is None else str(row.round_id))
    assert row.serving_from
    assert row.serving_from <= asked.ended
    assert row.serving_until is None or asked.began <= row.serving_until + timedelta(seconds=HEARD_S)


async def test_real_servers_are_exchanged_killed_and_rolled_back_and_no_question_is_lost(stage: Stage):
    number = await trained(stage)
    async with stage.kept(parrot(stage.home / "base", OLD)):
        await stage.until("serving", limit_s=LIMIT_S)
        async with asking(stage) as load:
            first = process_of(stage, 1)
            await load.go_on()
            assert {answer.text for _, answer in load.answered} == {OLD}

            await stage.rounds.promote(number, "qq:1", force=False)
            await stage.until("draining", "serving", limit_s=LIMIT_S)
            await stage.until("ended", "serving", limit_s=LIMIT_S)
            assert not first.is_running()
            assert stage.running() == [2]
            assert (await stage.serving()).checks["smoke"] | {"seconds": 0} == {"asked": 4, "same": 4, "seconds": 0}
            await load.go_on()
            assert (await ask(load.client, "现在是谁？")).text == NEW
            assert load.failed == []

            row = await stage.serving()
            async with client_of(base_url=row.url, model="base-r1") as other:
                with pytest.raises(RequestRejected):
                    await ask(other, "还是老的吗？")

            second = process_of(stage, 2)
            os.kill(second.pid, signal.SIGKILL)
            await stage.until_true(lambda rows: not rows[1].answering)
            await stage.until_true(lambda rows: rows[1].answering, limit_s=LIMIT_S)
            await load.go_on()
            assert process_of(stage, 2) != second
            assert await stage.statuses() == ["ended", "serving"]
            # An answer that somebody has seen the beginning of cannot be had anew; every other one was.
            lost = load.failed
            assert len(lost) <= ASKERS / 2
            assert all(one.streamed for one in lost)

            assert "正在从第 1 轮换回模型 base" in await stage.policy.roll_back("qq:1", NOBODY)
            await stage.until("ended", "ended", "serving", limit_s=LIMIT_S)
            assert stage.running() == [3]
            await load.go_on()
            assert (await ask(load.client, "现在又是谁？")).text == OLD
            assert load.failed == lost
        rows = {row.name: row for row in await stage.rows()}
        for asked, answer in load.answered:
            judge(asked, answer, rows)
        assert {answer.model.removesuffix("@main") for _, answer in load.answered} == set(rows)
    assert await stage.statuses() == ["ended", "ended", "ended"]
    assert stage.running() == []


async def test_a_server_that_lists_no_models_is_ready_when_it_answers():
    """As transformers 5 does for a folder: its list is of what is in the hub's cache."""

    async def chat(request: web.Request) -> web.Response:
        return web.Response(status=200 if (await request.json())["model"] == "ours" else 400)

    async def empty(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    app = web.Application()
    app.add_routes([web.get("/health", empty), web.get("/v1/models", empty), web.post("/v1/chat/completions", chat)])
    runner, port = web.AppRunner(app), port_pair()
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        for name, ready in (("ours", True), ("theirs", False), ("", False)):
            async with Probe(f"http://127.0.0.1:{port}", model=name, timeout_s=5) as probe:
                assert await probe.ready() is ready
    finally:
        await runner.cleanup()
