"""Four weeks, holidays among them, with restarts, jumping clocks and two processes: nothing lost, nothing doubled, a reason for the rest."""

from __future__ import annotations

import gc

import pytest

from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.bot.push.days_of_push import Balance, World, balance, live, populate

# A process that is killed gives no connection back.
pytestmark = pytest.mark.filterwarnings("ignore:The garbage collector is trying to clean up:sqlalchemy.exc.SAWarning")


async def simulated(url: str, *, subscriptions: int, days: int, processes: int, seed: int) -> Balance:
    await ensure_schema(url, StoreConfig())
    world = World(seed)
    engine = open_engine(url, StoreConfig())
    sessions = open_sessions(engine)
    try:
        questions = await populate(sessions, world, subscriptions)
        await live(url, world, questions, days=days, processes=processes, troubles=0.04)
        return await balance(sessions, world, furthest=world.furthest)
    finally:
        await engine.dispose()
        # What the killed left, here and not in whichever test comes next.
        gc.collect()


def check(result: Balance) -> None:
    assert (result.lost, result.doubled, result.extra) == (0, 0, 0), result
    assert (result.unsettled, result.without_reason, result.untold) == (0, 0, 0), result
    # The troubles left enough untroubled.
    assert result.states["digest sent"] > result.due / 2, result
    assert {"down", "paused", "nothing", "asleep", "muted"} <= set(result.reasons), result
    assert result.states["summary sent"], result


@pytest.mark.slow
async def test_one_process_on_sqlite(sqlite_url: str):
    check(await simulated(sqlite_url, subscriptions=30, days=28, processes=1, seed=1))


@pytest.mark.slow
@pytest.mark.postgres
async def test_two_processes_on_postgresql(postgres_url: str):
    check(await simulated(postgres_url, subscriptions=30, days=28, processes=2, seed=3))
