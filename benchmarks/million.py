"""The bank with 1,000,000 questions: building its index, looking up, adding, memory.

    python -m benchmarks.million DATA [--questions 1000000]

The questions are real ones of DATA recombined; nothing of them is kept. Looking
up goes the whole way that a member's question goes: reading, the hashes, the
index, rows from SQLite, the verifier.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from loguru import logger

from bot.services.bank import Bank, Hit
from bot.services.importing.importer import ImportService
from bot.services.importing.rows import UnreadableFile
from bot.services.reading import read
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from store.search import IndexKeeper
from store.wording import fingerprint, stem_hash

CONFIG = StoreConfig(sqlite_synchronous="normal")
TODAY = date(2026, 1, 1)


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/bank.db"


async def fill(folder: Path, data: Path, most: int) -> None:
    """Import DATA, then recombine halves of stems and options until there are *most* questions."""
    await ensure_schema(url_of(folder), CONFIG)
    engine = open_engine(url_of(folder), CONFIG)
    importer = ImportService(open_sessions(engine), near=False)
    for file in sorted(path for path in data.rglob("*") if path.parent.name in ("banks", "seed")):
        try:
            await importer.import_file(file)
        except UnreadableFile:
            continue
    await engine.dispose()
    chance = random.Random(11)
    with sqlite3.connect(folder / "bank.db") as database:
        known = database.execute("SELECT stem, options FROM question").fetchall()
        stems = [stem for stem, _ in known if len(stem) >= 8]
        options = [option for _, given in known for option in json.loads(given)]
        seen = {row[0] for row in database.execute("SELECT fingerprint FROM question")}
        while len(seen) < most:
            rows = [_made_up(stems, options, chance) for _ in range(20_000)]
            fresh = {row[3]: row for row in rows if row[3] not in seen}
            seen |= fresh.keys()
            database.executemany(
                "INSERT INTO question (kind, stem, options, material, answer, aliases, explanation, category, source,"
                " status, fingerprint, stem_hash, changed_in, created_at, updated_at)"
                " VALUES (?, ?, ?, '', 'A', '[]', '', '', 'made up', 'active', ?, ?, 1, '2026-01-01', '2026-01-01')",
                list(fresh.values()),
            )
        database.execute("UPDATE bank_version SET version = version + 1")


def _made_up(stems: Sequence[str], options: Sequence[str], chance: random.Random) -> tuple[str, str, str, str, int]:
    first, second = chance.choice(stems), chance.choice(stems)
    stem = first[: len(first) // 2 + 1] + second[len(second) // 2 - 1 :]
    four = tuple(dict.fromkeys(chance.choice(options) for _ in range(4)))
    return "single", stem, json.dumps(four, ensure_ascii=False), fingerprint(stem, four), stem_hash(stem)


async def build(folder: Path) -> None:
    engine = open_engine(url_of(folder), CONFIG)
    keeper = IndexKeeper(open_sessions(engine), folder / "index")
    started = time.perf_counter()
    await keeper.catch_up()
    seconds = time.perf_counter() - started
    disk = sum(file.stat().st_size for file in (folder / "index").rglob("*") if file.is_file())
    memory = psutil.Process().memory_info().rss >> 20
    print(f"index of {keeper.size} questions: {seconds:.0f} s, {disk >> 20} MB on disk, builder's RSS {memory} MB")
    await engine.dispose()


async def ask(folder: Path) -> None:
    """Look up in a process that did not build the index, as a bot that starts."""
    chance = random.Random(5)
    engine = open_engine(url_of(folder), CONFIG)
    sessions = open_sessions(engine)
    keeper = IndexKeeper(sessions, folder / "index")
    bank = Bank(sessions, keeper)
    started = time.perf_counter()
    await bank.refresh()
    await keeper.catch_up()
    print(f"bank of {bank.size} questions opened: {time.perf_counter() - started:.1f} s")
    with sqlite3.connect(folder / "bank.db") as database:
        top = database.execute("SELECT max(id) FROM question").fetchone()[0]
        numbers = [chance.randrange(1, top) for _ in range(600)]
        rows = [
            database.execute("SELECT stem, options, id FROM question WHERE id = ?", (n,)).fetchone() for n in numbers
        ]
    rows = [row for row in rows if row and len(row[0]) >= 8]
    for name in ("exact", "one slip", "half a stem", "pasted", "pasted with slips", "not in the bank"):
        texts = [(_asked(name, stem, json.loads(given), chance), number) for stem, given, number in rows[:500]]
        times: list[float] = []
        hits = 0
        for text, _ in texts:
            started = time.perf_counter()
            found = await bank.find(read(text), today=TODAY)
            times.append((time.perf_counter() - started) * 1000)
            hits += isinstance(found, Hit)
        times.sort()
        print(
            f"  {name:20} p50 {times[len(times) // 2]:5.2f} ms, p99 {times[int(len(times) * 0.99)]:6.2f} ms,"
            f" answered {hits / len(texts):.0%}"
        )
    started = time.perf_counter()
    sql = "UPDATE question SET stem = '全新的一道题问的是什么呀', changed_in = (SELECT version + 1 FROM bank_version) WHERE id = 5"
    with sqlite3.connect(folder / "bank.db") as database:
        database.execute(sql)
        database.execute("UPDATE bank_version SET version = version + 1")
    started = time.perf_counter()
    await keeper.catch_up()
    added = (time.perf_counter() - started) * 1000
    assert 5 in [one.id for one in keeper.find("全新的一道题问的是什么")]
    print(f"a changed question found after {added:.0f} ms; RSS {psutil.Process().memory_info().rss >> 20} MB")
    await engine.dispose()


def _asked(name: str, stem: str, options: Sequence[str], chance: random.Random) -> str:
    at = chance.randrange(1, len(stem) - 1)
    slip = stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :]
    pasted = "\n".join(f"{'ABCD'[i]}. {option}" for i, option in enumerate(options))
    match name:
        case "exact":
            return stem
        case "one slip":
            return slip
        case "half a stem":
            return stem[len(stem) // 2 :]
        case "pasted":
            return f"{stem}\n{pasted}"
        case "pasted with slips":
            return f"{slip}\n{pasted}"
        case _:
            return f"{stem[::-1]}\n{pasted}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=("build", "ask"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    logger.remove()
    if options.step:
        asyncio.run((build if options.step == "build" else ask)(options.folder))
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(fill(folder, options.data, options.questions))
        for step in ("build", "ask"):
            command = [sys.executable, "-m", "benchmarks.million", str(options.data), "--folder", name, "--step", step]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
