"""Everything of a running bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.wiring.answering import Answering, open_answering
from bot.wiring.base import Base, open_base
from bot.wiring.operating import Operating, open_operating
from bot.wiring.practice import Practice, open_practice
from bot.wiring.pushing import Pushing, open_pushing
from bot.wiring.reviewing import Reviewing, open_reviewing
from settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a front door may call."""

    base: Base
    answering: Answering
    reviewing: Reviewing
    practice: Practice
    pushing: Pushing
    operating: Operating


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Everything, open until the block ends.

    Raises:
        SettingsError: a table of ``bot.toml`` cannot be used.
    """
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(open_base(settings))
        answering = await stack.enter_async_context(open_answering(base))
        reviewing = await stack.enter_async_context(open_reviewing(base))
        practice = await stack.enter_async_context(open_practice(base))
        pushing = await stack.enter_async_context(open_pushing(base, practice.learner))
        operating = await stack.enter_async_context(open_operating(base, answering))
        yield Services(base, answering, reviewing, practice, pushing, operating)
