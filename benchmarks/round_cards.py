"""What a chat waits for when it asks about training rounds: words and pictures, from a database of many rounds.

    python -m benchmarks.round_cards [--rounds 200] [--points 10000] [--reps 20]

Each round has all its steps, a verdict with ten regressions, and a loss curve of that many
points (a worker keeps 200). The first time costs more: fonts are looked for once a process.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.services.datasets import ChatDatasets
from bot.services.rounds import ChatRounds
from bot.services.training_process import TrainingProcess
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from tests.rounds import curve, row_of, steps_of, verdict


async def fill(sessions: Sessions, rounds: int, points: int) -> None:
    """Ended rounds, and the newest one under way."""
    judged = verdict()
    async with sessions.begin() as session:
        for number in range(1, rounds + 1):
            session.add(row_of("rejected", number, verdict=judged))
            await session.flush()
            session.add_all(steps_of(number, judged=judged, points=points))
    progress = {"done": points, "total": points * 2, "loss": 0.4, "eta_s": 900, "curve": curve(points)}
    async with sessions.begin() as session:
        session.add(row_of("running", rounds + 1, gpu="m/0", step="train", progress=progress))
        await session.flush()
        session.add_all(steps_of(rounds + 1, points=points)[:2])


async def timed(name: str, work: Callable[[], Awaitable[object]], reps: int) -> None:
    took: list[float] = []
    for _ in range(reps):
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1000)
    print(f"{name}: first {took[0]:.0f} ms, median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms")


async def measure(folder: Path, rounds: int, points: int, reps: int) -> None:
    url = f"sqlite+aiosqlite:///{folder / 'gongkao.db'}"
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    sessions = open_sessions(engine)
    await fill(sessions, rounds, points)
    print(f"{rounds} rounds, {points:,} points each, {(folder / 'gongkao.db').stat().st_size / 1e6:.0f} MB")
    process = TrainingProcess(folder, None)
    chat = ChatRounds(sessions, process, ChatDatasets(sessions, process))
    text, picture = await chat.status()
    assert picture, text
    await timed("status, words and picture", chat.status, reps)
    await timed("card, words and picture", lambda: chat.card(rounds), reps)
    await timed("card by default (the round under way)", lambda: chat.card(None), reps)
    await timed("history", chat.history, reps)
    await timed("news, one look of the watcher", lambda: chat.news(["qq:1"]), reps)
    _, picture = await chat.card(rounds)
    print(f"card picture {len(picture) / 1e6:.1f} MB")
    await engine.dispose()


async def cold(folder: Path) -> None:
    """The first status of a process, fonts and all, is what a chat waits for after a start."""
    engine = open_engine(f"sqlite+aiosqlite:///{folder / 'gongkao.db'}", StoreConfig())
    process = TrainingProcess(folder, None)
    sessions = open_sessions(engine)
    await timed("first status of a process", ChatRounds(sessions, process, ChatDatasets(sessions, process)).status, 1)
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--reps", type=int, default=20)
    parser.add_argument("--cold", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.cold:
        asyncio.run(cold(chosen.cold))
        return
    with TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), chosen.rounds, chosen.points, chosen.reps))
        asyncio.run(child(Path(folder)))


async def child(folder: Path) -> None:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.round_cards", "--cold", str(folder), cwd=Path(__file__).parents[1]
    )
    await started.wait()


if __name__ == "__main__":
    main()
