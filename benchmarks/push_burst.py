"""A thousand pushes due at the same moment: how fast they stand in the queue, what it holds, and whether members notice.

    python -m benchmarks.push_burst [--groups 1000] [--spacing 0.05] [--database URL]

First the planner alone, over a platform that takes 20 ms a message: until all posts wait for their turn, then the gaps
between what goes out, and the memory that the queue adds. Then a whole bot (SQLite) over a real socket: every group
orders a push at once, while a member of another group goes on asking the bank; printed are p50 and p99 of its answers
before and during the burst. The database of the first part is a SQLite file unless a URL is given; it must be empty.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path

import psutil

from bot.services.sending import Chat, Planner, Post, SendingConfig
from bot.services.sending.limits import OneBotLimits
from bot.services.starter_bank import FOLDER
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions, writers_turn
from tests.peer import BotProcess, Peer

ACCOUNT = "qq:10001"
_BEFORE = 400
"""Questions asked before the burst."""


class Platform:
    platform = "onebot11"

    def __init__(self) -> None:
        self.times: list[float] = []

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        self.times.append(time.perf_counter())
        await asyncio.sleep(0.02)
        return "1"

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        return None


async def queue(args: argparse.Namespace, url: str) -> None:
    """The planner alone."""
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    sessions, waiting = open_sessions(engine), 0
    limits = OneBotLimits(spacing_s=args.spacing, jitter_s=args.spacing, account_daily=0)
    writing = writers_turn(sessions)
    planner = Planner(sessions, writing, SendingConfig(onebot11=limits))
    platform = Platform()
    planner.opened(ACCOUNT, platform)
    process = psutil.Process()
    before = process.memory_info().rss
    began = time.perf_counter()
    posts = [Post(Chat(ACCOUNT, f"qq:{n}", group=True), "题" * 300, key=f"push:{n}") for n in range(args.groups)]
    tasks = [asyncio.create_task(planner.send(post)) for post in posts]
    while waiting + len(platform.times) < args.groups - 1:
        await asyncio.sleep(0.01)
        waiting = planner.waiting
    print(f"{args.groups} posts in the queue after {time.perf_counter() - began:.2f} s")
    peak = before
    while not all(task.done() for task in tasks):
        peak = max(peak, process.memory_info().rss)
        await asyncio.sleep(0.2)
    gaps = [after - first for first, after in itertools.pairwise(platform.times)]
    sent = sum(task.result().state == "sent" for task in tasks)
    print(f"{sent} sent in {platform.times[-1] - platform.times[0]:.1f} s")
    print(f"gaps {min(gaps) * 1000:.0f} to {max(gaps) * 1000:.0f} ms, median {statistics.median(gaps) * 1000:.0f} ms")
    print(f"memory {before / 2**20:.0f} MiB before, at most {(peak - before) / 2**20:.1f} MiB more")
    await engine.dispose()


async def burst(args: argparse.Namespace, home: Path) -> None:
    """A whole bot."""
    items = [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.read_text().splitlines()]
    stems = itertools.cycle([item["stem"] for item in items if item["kind"] == "short"])
    pace = f"\n[sending.onebot11]\nspacing_s = {args.spacing}\njitter_s = {args.spacing}\n"
    bot = await BotProcess(home, settings=pace).start()
    async with Peer(bot) as peer:
        for group in range(1, args.groups + 1):
            await peer.message([_text("/每日一练 开 08:00 2题")], group=group, user=7, role="admin")
            await peer.reply_to(f"group:{group}")
        before = [await ask(peer, next(stems)) for _ in range(_BEFORE)]
        for group in range(1, args.groups + 1):
            peer.sent[f"group:{group}"].clear()
            await peer.message([_text("/每日一练 现在")], group=group, user=7, role="admin")
        began, during = time.perf_counter(), list[float]()
        # The answer to the order, which is no part of what is measured.
        for group in range(1, args.groups + 1):
            await peer.reply_to(f"group:{group}", wait_s=120)
        while any(len(peer.sent[f"group:{group}"]) < 2 for group in range(1, args.groups + 1)):
            during.append(await ask(peer, next(stems)))
        print(f"{args.groups} pushes through a bot in {time.perf_counter() - began:.1f} s")
    await bot.stop()
    for name, took in (("before", before), ("during", during)):
        cuts = statistics.quantiles(took, n=100)
        print(f"answers {name}: {len(took)}, p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms")


async def ask(peer: Peer, stem: str) -> float:
    """Seconds from a question to its answer; the next one follows after a moment, as members do."""
    chat = peer.sent["group:999999"]
    chat.clear()
    began = time.perf_counter()
    await peer.group(stem, group=999999)
    await peer.reply_to("group:999999")
    took = time.perf_counter() - began
    await asyncio.sleep(0.02)
    return took


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "data": {"text": text}}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--spacing", type=float, default=0.05)
    parser.add_argument("--database", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        await queue(args, args.database or f"sqlite+aiosqlite:///{folder}/queue.db")
        await burst(args, Path(folder) / "bot")


if __name__ == "__main__":
    asyncio.run(main())
