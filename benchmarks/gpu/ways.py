"""The ways to ask one served model: plain requests, plain batches, the bot's client, the bot's answer service."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from pydantic import ValidationError

from benchmarks.gpu.measured import Ask, Item
from bot.config import BotConfig
from bot.services.answers import AnswerService
from bot.services.bank import Bank
from bot.services.changing import Changing
from bot.services.downloads import Downloader
from bot.services.incoming import Incoming
from bot.services.meant_question import MeantQuestion
from bot.services.metrics import Metrics
from bot.services.model_answers import ModelAnswers
from bot.services.photos.reader import PhotoReader
from bot.services.quoting import QuotedReplies
from bot.services.replies import from_model
from inference.chat_template import FORMATS
from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.prompts import question_messages
from migrations import ensure_schema
from store.cache import MemoryCache
from store.config import StoreConfig, bank_name
from store.db import open_engine, open_sessions
from store.journal import Journal
from store.search import IndexKeeper

NOTE = from_model("").lstrip("\n")
"""What the bot adds below the model's words."""
GROUPS = 200
MEMBERS = 5000


def payload_of(question: str, *, model: str, max_tokens: int, logprobs: bool) -> dict[str, Any]:
    """As our client sends it."""
    told = {"model": model, "max_tokens": max_tokens, "temperature": 0.0, **({"logprobs": True} if logprobs else {})}
    return told | {"messages": question_messages(question)}


@asynccontextmanager
async def plain(
    urls: Sequence[str], *, model: str, max_tokens: int, logprobs: bool = True, more: dict[str, Any] | None = None
) -> AsyncGenerator[Ask]:
    """One aiohttp session a server, nothing around it; askers are shared out evenly."""
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(_session()) for _ in urls]

        async def ask(question: str, number: int) -> str:
            at = number % len(urls)
            payload = payload_of(question, model=model, max_tokens=max_tokens, logprobs=logprobs) | (more or {})
            async with sessions[at].post(f"{urls[at]}/v1/chat/completions", json=payload) as response:
                response.raise_for_status()
                body = await response.json()
            return body["choices"][0]["message"]["content"] or ""

        yield ask


@asynccontextmanager
async def batches(
    url: str, *, model: str, max_tokens: int, family: str, more: dict[str, Any] | None = None
) -> AsyncGenerator[Any]:
    """A function that asks many questions in one call to ``/v1/completions``."""
    form = next(one for one in FORMATS if one.family == family)
    settings: dict[str, Any] = {"model": model, "max_tokens": max_tokens, "temperature": 0.0, "logprobs": 1}
    settings |= {"stop": list(form.stop_words)} | (more or {})
    async with _session() as session:

        async def ask(items: Sequence[Item]) -> list[str]:
            prompts = [form.render_messages(question_messages(item.question)) for item in items]
            async with session.post(f"{url}/v1/completions", json=settings | {"prompt": prompts}) as response:
                response.raise_for_status()
                body = await response.json()
            choices = sorted(body["choices"], key=lambda choice: choice["index"])
            return [choice["text"] for choice in choices]

        yield ask


@asynccontextmanager
async def client(
    urls: Sequence[str],
    *,
    model: str,
    max_tokens: int,
    at_once: int,
    family: str = "",
    gather_ms: float = 2,
    remember_s: float = 0,
) -> AsyncGenerator[Ask]:
    """The bot's model client; several servers through one client where it takes a list, else through one each."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(ModelClient(config))
            for config in _configs(urls, model, max_tokens, at_once, family, gather_ms, remember_s)
        ]

        async def ask(question: str, number: int) -> str:
            one = clients[number % len(clients)]
            return (await one.complete(question_messages(question), lane=f"qq:{number % GROUPS}")).text

        yield ask


def _configs(
    urls: Sequence[str], model: str, max_tokens: int, at_once: int, family: str, gather_ms: float, remember_s: float
) -> list[InferenceConfig]:
    told: dict[str, Any] = {"model": model, "max_tokens": max_tokens, "chat_format": family, "gather_ms": gather_ms}
    told |= {"max_concurrency": at_once, "max_per_lane": at_once, "max_queue": max(512, at_once)}
    told |= {"total_timeout_s": 60, "remember_s": remember_s}
    if len(urls) > 1:
        try:
            return [InferenceConfig.model_validate(told | {"base_url": list(urls)})]
        except ValidationError:
            print("base_url takes no list: one client a server", flush=True)
    return [InferenceConfig.model_validate(told | {"base_url": url}) for url in urls]


@asynccontextmanager
async def service(
    urls: Sequence[str],
    *,
    model: str,
    max_tokens: int,
    at_once: int,
    family: str,
    gather_ms: float = 2,
    remember_s: float = 0,
) -> AsyncGenerator[Ask]:
    """The bot's answer service as ``bot/wiring/answering.py`` builds it, over a new SQLite file with an empty bank.

    The questions come from many members of many groups; the answer is what the model said, without our note.
    """
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        settings = StoreConfig()
        url = f"sqlite+aiosqlite:///{home / 'bench.db'}"
        await ensure_schema(url, settings)
        engine = open_engine(url, settings)
        stack.push_async_callback(engine.dispose)
        sessions = open_sessions(engine)
        config, *more = _configs(urls, model, max_tokens, at_once, family, gather_ms, remember_s)
        if more:
            raise RuntimeError("the service has one client, and that takes no list of servers")
        journal = await stack.enter_async_context(Journal(engine, linger_s=settings.journal_linger_ms / 1000))
        bank = Bank(sessions, IndexKeeper(sessions, home / "index", bank_name=bank_name(url)))
        await bank.refresh()
        photos = await stack.enter_async_context(PhotoReader())
        downloader = await stack.enter_async_context(Downloader())
        answers = AnswerService(
            bank=bank,
            # The default limit would cut the tail that is to be seen.
            model=ModelAnswers(await stack.enter_async_context(ModelClient(config)), Changing(limit_s=90, wait_s=0)),
            journal=journal,
            quoted=QuotedReplies(sessions, journal),
            config=BotConfig(),
            metrics=Metrics(),
            meant=MeantQuestion(photos, downloader, MemoryCache()),
        )
        chance, numbers = random.Random(3), count(1)

        async def ask(question: str, number: int) -> str:
            member, message = chance.randrange(MEMBERS), next(numbers)
            group = f"qq:{7000 + number % GROUPS}"
            answer = await answers.answer(
                Incoming("qq:10001", f"qq:{member}", question, group, message_id=str(message))
            )
            if answer.passport.source != "model":
                raise RuntimeError(f"{answer.state} {answer.reason} from {answer.passport.source}")
            await answers.delivered(answer.ask_id, str(-message))
            return answer.text.removesuffix(NOTE)

        yield ask


async def warm(ask: Ask, items: Sequence[Item], at_once: int) -> None:
    """Connections open and code paths compiled before the clock starts."""
    some = items[: max(8, at_once)]
    await asyncio.gather(*(ask(item.question, number) for number, item in enumerate(some)), return_exceptions=True)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=60),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
