"""The page on a real uvicorn and a real SQLite file; only the answers are made up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from bot.console import ConsoleServices, ConsoleStatus, RoundServices, build_router
from bot.services.answer import Answer
from bot.services.arena import Battles, Choices, Comparing, Ring
from bot.services.changing import Notice
from bot.services.corrections import CorrectionService, WithdrawService
from bot.services.corrections.feedback import FeedbackService
from bot.services.incoming import Incoming
from bot.services.passes import Passes
from bot.services.passport import Passport
from bot.services.quoting import QuotedReplies
from bot.services.training_process import TrainingProcess
from inference.client import ModelClient
from inference.config import InferenceConfig
from store.cache import MemoryCache
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.ids import new_id
from store.journal import Journal
from store.models import Ask, Base, Member

BANK = Passport(
    source="bank",
    match="exact",
    confidence=1.0,
    question_ids=(12,),
    bank_source="自带题库",
    category="历史",
    explanation="西汉司马迁所著《史记》记载黄帝至汉武帝时期史事，开创纪传体体例。",
)
MODEL = Passport(source="model", confidence=0.82, model="internlm2-7b", round="第3轮")


class ScriptedAnswers:
    """Answers by the question's wording and stores each exchange, as the engine does.

    史记: from the bank. 等: the first piece, then nothing until :attr:`go_on`.
    换: told that it takes longer, then answered. 炸: fails. 不会: refuses. Anything else: the question back, as the model.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.cancelled = asyncio.Event()
        self.go_on = asyncio.Event()
        self.delivered_ids: list[int] = []
        self.asked: list[Incoming] = []

    async def answer(self, incoming: Incoming) -> Answer:
        async for item in self.stream(incoming):
            if isinstance(item, Answer):
                return item
        raise AssertionError

    async def stream(self, incoming: Incoming, notice: Notice | None = None) -> AsyncGenerator[str | Answer, None]:
        self.asked.append(incoming)
        try:
            if "换" in incoming.text and notice is not None:
                await notice("模型正在准备")
            if "炸" in incoming.text:
                raise RuntimeError("the engine broke")
            if "等" in incoming.text:
                yield "正在想"
                await self.go_on.wait()
            answer = self._made(incoming)
            if answer.passport.source == "model":
                yield incoming.text[:2]
                yield incoming.text[2:]
            await self._store(incoming, answer)
            yield answer
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise

    async def delivered(self, ask_id: int, reply_message_id: str | None) -> None:
        assert reply_message_id is None
        self.delivered_ids.append(ask_id)

    async def delivered_to(self, count: int) -> None:
        """Wait until so many answers were; that is told after the page has them."""
        async with asyncio.timeout(20):
            while len(self.delivered_ids) < count:  # noqa: ASYNC110  a list has no events
                await asyncio.sleep(0.01)
        assert len(self.delivered_ids) == count

    def _made(self, incoming: Incoming) -> Answer:
        if "史记" in incoming.text or "纪传体" in incoming.text:
            return Answer(
                new_id(), "answered", f"《史记》\n{BANK.explanation}\n—— 题库 #12 · 历史", BANK, question_id=None
            )
        if "不会" in incoming.text:
            sentence = "这道题我没有把握，不乱答，已经记下。"
            return Answer(new_id(), "refused", sentence, Passport(source="none"), "no_confidence")
        return Answer(new_id(), "answered", f"{incoming.text}\n—— 模型作答，仅供参考", MODEL)

    async def _store(self, incoming: Incoming, answer: Answer) -> None:
        async with self._sessions.begin() as session:
            if await session.get(Member, incoming.member_id) is None:
                session.add(Member(id=incoming.member_id))
                await session.flush()
            session.add(
                Ask(
                    id=answer.ask_id,
                    account=incoming.account,
                    member_id=incoming.member_id,
                    text=incoming.text,
                    state=answer.state,
                    reply=answer.text,
                    passport=answer.passport.model_dump(mode="json"),
                    received_at=datetime.now(UTC),
                )
            )


@dataclass(frozen=True)
class Page:
    """A running page."""

    url: str
    answers: ScriptedAnswers
    sessions: Sessions


StartPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'page.db'}", StoreConfig(sqlite_synchronous="normal"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield open_sessions(engine)
    await engine.dispose()


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """*app* on a free loopback port, stopped on the way out."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1)
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait on
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()


async def _no_rounds(stack: AsyncExitStack, sessions: Sessions) -> RoundServices:
    """Those of a bot without a model and without superusers."""
    model = await stack.enter_async_context(ModelClient(InferenceConfig()))
    process = TrainingProcess(Path("nowhere"), None)
    ring = Ring(sessions, model, percent=0)
    battles = Battles(sessions, ring, QuotedReplies(sessions, cast("Journal", None)))
    cache = MemoryCache()
    return RoundServices(
        Passes(cache, lambda _member_id: False),
        Choices(process),
        Comparing(sessions, process, model, ring, battles),
        battles,
        cache,
    )


@pytest.fixture
async def start(sessions: Sessions) -> AsyncIterator[StartPage]:
    """Starts the page, with a token in front of it when one is given, and what *rounds* offer behind it."""
    stack = AsyncExitStack()
    answers = ScriptedAnswers(sessions)

    async def started(
        token: str | None = None,
        *,
        web_url: str = "",
        heartbeat_s: float = 10,
        rounds: RoundServices | None = None,
    ) -> Page:
        services = ConsoleServices(
            answers,
            FeedbackService(sessions, CorrectionService(sessions)),
            WithdrawService(sessions),
            lambda: ConsoleStatus(320, "online"),
            rounds or await _no_rounds(stack, sessions),
        )
        app = FastAPI()
        app.include_router(
            build_router(
                services, web_token=SecretStr(token) if token else None, web_url=web_url, heartbeat_s=heartbeat_s
            )
        )
        return Page(await stack.enter_async_context(served(app)), answers, sessions)

    yield started
    answers.go_on.set()
    await stack.aclose()


@pytest.fixture
async def page(start: StartPage) -> Page:
    return await start()


class Browser:
    """A client with cookies of its own, that is: one person; its replies are closed at the end."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._replies: list[aiohttp.ClientResponse] = []

    async def request(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        self._replies.append(await self.session.request(method, url, **options))
        return self._replies[-1]

    async def get(self, url: str, **options: Any) -> aiohttp.ClientResponse:
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> aiohttp.ClientResponse:
        return await self.request("POST", url, **options)

    async def close(self) -> None:
        for reply in self._replies:
            reply.close()
        await self.session.close()


@pytest.fixture
async def new_browser() -> AsyncIterator[Callable[[], Browser]]:
    """Makes one more person with every call."""
    opened: list[Browser] = []

    def make() -> Browser:
        opened.append(Browser())
        return opened[-1]

    yield make
    for browser in opened:
        await browser.close()


@pytest.fixture
async def browser(page: Page, new_browser: Callable[[], Browser]) -> Browser:
    """A person who has opened the page."""
    made = new_browser()
    await made.get(page.url)
    return made
