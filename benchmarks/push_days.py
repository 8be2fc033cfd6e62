"""Sixty simulated days of pushes with restarts, jumping clocks and two processes: does the ledger balance?

python -m benchmarks.push_days --subscriptions 1000 --days 60 --database postgresql+asyncpg://…/empty
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time

from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.bot.push.days_of_push import World, balance, live, populate


async def measure(url: str, *, subscriptions: int, days: int, processes: int, seed: int) -> None:
    await ensure_schema(url, StoreConfig())
    world = World(seed)
    engine = open_engine(url, StoreConfig())
    sessions = open_sessions(engine)
    questions = await populate(sessions, world, subscriptions)
    started = time.perf_counter()
    await live(url, world, questions, days=days, processes=processes, troubles=0.04)
    took_s = time.perf_counter() - started
    result = await balance(sessions, world, furthest=world.furthest)
    await engine.dispose()
    print(f"{subscriptions} subscriptions, {days} days, {processes} processes: {took_s:.0f} s")
    print(f"due {result.due}, lost {result.lost}, doubled {result.doubled}, extra {result.extra},", end=" ")
    print(f"unsettled {result.unsettled}, without reason {result.without_reason}, untold {result.untold}")
    print(f"states {dict(result.states.most_common())}")
    print(f"reasons {dict(result.reasons.most_common())}")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--subscriptions", type=int, default=1000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="an empty database; SQLite in a temporary folder without it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite+aiosqlite:///{folder}/push.db"
        asyncio.run(
            measure(
                url,
                subscriptions=given.subscriptions,
                days=given.days,
                processes=given.processes if given.database else 1,
                seed=given.seed,
            )
        )


if __name__ == "__main__":
    main()
