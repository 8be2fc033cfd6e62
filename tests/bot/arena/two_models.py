"""Two models that answer one question: real database, real clients, two model servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.config import BotConfig
from bot.services.answer import Answer
from bot.services.answers import AnswerService
from bot.services.arena import Battles, ChatArena, Choices, Comparing, Ring, words
from bot.services.bank import Bank
from bot.services.changing import Changing
from bot.services.corrections import ContributionLedger, CorrectionService, WithdrawService
from bot.services.corrections.chat import ChatCorrections
from bot.services.corrections.feedback import FeedbackService
from bot.services.downloads import Downloader
from bot.services.incoming import Incoming, Quoted
from bot.services.meant_question import MeantQuestion
from bot.services.metrics import Metrics
from bot.services.model_answers import ModelAnswers
from bot.services.photos.reader import PhotoReader
from bot.services.quoting import QuotedReplies
from bot.services.training_process import JobFailed
from inference.client import ModelClient
from inference.config import InferenceConfig
from store import arena
from store.cache import MemoryCache
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.journal import Journal
from store.models import now
from tests.fakes import ModelServer
from tests.rounds import row_of

OURS, THEIRS = "B. 辛亥革命\n推翻了帝制。", "C. 五四运动\n新民主主义开端。"
QUESTION = "中国近代史上推翻帝制的是哪件事？"


@dataclass
class Process:
    """Stands in for ``python -m training``."""

    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def run(self, *arguments: str, progress: object = None) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.error:
            raise JobFailed(self.error)
        return self.result


@dataclass
class Stage:
    answers: AnswerService
    ring: Ring
    battles: Battles
    model: ModelClient
    comparing: Comparing
    choices: Choices
    chat: ChatArena
    corrections: ChatCorrections
    process: Process
    journal: Journal
    sessions: Sessions
    ours: ModelServer
    theirs: ModelServer

    async def challenger(self, *, votes: bool = True, status: str = "open") -> int:
        async with self.sessions.begin() as session:
            session.add(row_of("ready", 7))
            await session.flush()
            values = {"round_id": 7, "model": "/rounds/7", "until": now() + timedelta(hours=1), "votes": votes}
            row = await arena.want(session, values)
            row.status, row.name, row.url, row.open_from = status, "test-model", self.theirs.url, now()
        await self.ring.look()
        return row.id

    async def ask(self, text: str = QUESTION, **more: Any) -> Answer:
        return await self.answers.answer(said(text, **more))

    async def vote(self, answer: Answer, text: str, member: str = "qq:9") -> str:
        quoting = said(text, member_id=member, quoted=Quoted(f"m{answer.ask_id}", ours=True))
        battle = await self.battles.quoted(quoting)
        assert battle is not None
        meant = words.choice_of(text)
        assert meant is not None
        return await self.battles.vote(battle, member, meant)


def said(text: str, **more: Any) -> Incoming:
    values: dict[str, Any] = {"account": "qq:1", "member_id": "qq:2", "group_id": "qq:3", "text": text, **more}
    return Incoming(**values)


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        engine = open_engine(database_url, StoreConfig())
        stack.push_async_callback(engine.dispose)
        sessions = open_sessions(engine)
        servers = [await stack.enter_async_context(ModelServer()) for _ in range(2)]
        servers[0].answer, servers[1].answer = OURS, THEIRS
        config = InferenceConfig(total_timeout_s=5)
        model = await stack.enter_async_context(ModelClient(config.model_copy(update={"base_url": (servers[0].url,)})))
        rival = await stack.enter_async_context(ModelClient(config))
        journal = await stack.enter_async_context(Journal(engine, linger_s=0.01))
        reader = await stack.enter_async_context(PhotoReader())
        bank = Bank(sessions)
        await bank.refresh()
        quoted = QuotedReplies(sessions, journal)
        ring = Ring(sessions, rival, percent=100, every_s=0.01)
        battles = Battles(sessions, ring, quoted)
        process = Process()
        corrections = CorrectionService(sessions)
        answers = AnswerService(
            bank=bank,
            model=ModelAnswers(model, Changing(limit_s=20, wait_s=0), battles=battles),
            journal=journal,
            quoted=quoted,
            config=BotConfig(),
            metrics=Metrics(),
            meant=MeantQuestion(reader, await stack.enter_async_context(Downloader()), MemoryCache()),
        )
        yield Stage(
            answers,
            ring,
            battles,
            model,
            Comparing(sessions, process, model, ring, battles),  # pyright: ignore[reportArgumentType]
            Choices(process),  # pyright: ignore[reportArgumentType]
            ChatArena(sessions, process, ring),  # pyright: ignore[reportArgumentType]
            ChatCorrections(
                sessions,
                quoted=quoted,
                corrections=corrections,
                withdrawing=WithdrawService(sessions),
                ledger=ContributionLedger(sessions),
                feedback=FeedbackService(sessions, corrections),
            ),
            process,
            journal,
            sessions,
            *servers,
        )


def collecting(heard: list[str]):
    async def say(text: str) -> None:
        heard.append(text)

    return say
