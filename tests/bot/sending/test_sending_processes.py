"""Two processes with the same posts, and one of them killed again and again in the middle of a send."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path

import pytest

from migrations import ensure_schema
from store.config import StoreConfig

COUNT = 150
pytestmark = [pytest.mark.slow]


async def start(url: str, ledger: Path) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.bot.sending.sender", url, str(ledger), str(COUNT))
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)


async def some_sent(ledger: Path, more: int) -> None:
    wanted = len(ledger.read_text().splitlines()) + more
    async with asyncio.timeout(60):
        while len(ledger.read_text().splitlines()) < wanted:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)


async def check(url: str, ledger: Path, *, others: int) -> None:
    ledger.touch()
    await ensure_schema(url, StoreConfig())
    steady = [await start(url, ledger) for _ in range(others)]
    for more in (5, 9, 13):
        mortal = await start(url, ledger)
        await some_sent(ledger, more)
        mortal.kill()
        await mortal.wait()
    last = await start(url, ledger)
    assert [await one.wait() for one in [*steady, last]] == [0] * (others + 1)
    assert Counter(ledger.read_text().splitlines()) == {f"post {number}": 1 for number in range(COUNT)}


@pytest.mark.postgres
async def test_two_processes_on_postgresql(postgres_url: str, tmp_path: Path):
    await check(postgres_url, tmp_path / "ledger", others=1)


async def test_one_process_on_sqlite(sqlite_url: str, tmp_path: Path):
    await check(sqlite_url, tmp_path / "ledger", others=0)
