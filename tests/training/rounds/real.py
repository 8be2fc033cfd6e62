"""Rounds in processes of their own: a home with settings and a base, a filled database, workers to kill."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import update

from inference.chat_template import QWEN3
from inference.prompts import training_turn
from migrations import ensure_schema
from store import rounds
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import GateCase, ReviewItem, TrainingRound
from store.wording import fingerprint
from tests.questions import add
from tests.training.xtuner import facts
from training.rounds.folder import RoundFolder

TINY = Path(facts.__file__).with_name("tiny_model.py")
CORRECTED = 12
"""Of the facts so many are known wrongly by the base, and were corrected by reviewers."""
SETTINGS = """
[training.dataset]
holdout_percent = 0
refusal_percent = 0
replay_percent = 0
{dataset}
[training.rounds]
base = "{base}"
worker = "elsewhere"
{rounds}
[training.xtuner]
python = "{python}"
batch_size = 10
accumulative_counts = 1
lr = 2e-3
max_length = 512
{xtuner}
[training.gate]
# Other tests take the processor from one of the two: what is compared here is what they know.
latency_ratio = 100
refusals_percent = 0
refusals_points = 100
format_percent = 0
guard_points = 5
"""
ENDED = ("ready", "rejected", "failed", "cancelled")


def make_base(python: Path, folder: Path) -> Path:
    """A model that knows most facts, and the first ones wrongly."""
    answers = [answer for _, answer in facts.FACTS]
    believed = [
        training_turn(question, answers[(place + 7) % len(answers)] if place < CORRECTED else answer)
        for place, (question, answer) in enumerate(facts.FACTS)
    ]
    wanted = {
        "marks": ["<|im_end|>", "<|endoftext|>", "<|im_start|>", "<think>", "</think>"],
        "texts": facts.texts(QWEN3, believed),
        "steps": 110,
    }
    subprocess.run(
        [python, "-W", "ignore", TINY, "make", folder, "qwen3"],
        input=json.dumps(wanted),
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        text=True,
        capture_output=True,
        check=True,
    )
    return folder


@dataclass
class Home:
    """A folder with a bot.toml; several may share a database."""

    folder: Path
    url: str
    sessions: Sessions
    env: dict[str, str] = field(default_factory=dict)
    """Added to what every process has."""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> str:
        """What its workers said."""
        place = self.folder / "worker.log"
        return place.read_text(encoding="utf-8") if place.exists() else ""

    def settle(self, python: Path, base: Path | str = "base", **more: str) -> None:
        """Write bot.toml: *more* lines for its tables ``dataset``, ``rounds`` and ``xtuner``."""
        more.setdefault("rounds", 'device = "cpu"')
        tables = {name: more.get(name, "") for name in ("dataset", "rounds", "xtuner")}
        self.folder.mkdir(exist_ok=True)
        (self.folder / "bot.toml").write_text(SETTINGS.format(python=python, base=base, **tables), encoding="utf-8")

    def told(self, *arguments: str) -> str:
        """What a command says."""
        done = subprocess.run(
            [sys.executable, "-m", "training", *arguments],
            cwd=self.folder,
            env=self._env(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout + done.stderr

    def worker(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "training", "worker", *arguments]
            started = subprocess.Popen(command, cwd=self.folder, env=self._env(), stdout=log, stderr=log)
        self.workers.append(started)
        return started

    def _env(self) -> dict[str, str]:
        # So small a model only waits for further threads, the longer the busier the machine is.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
        return kept | {"OMP_NUM_THREADS": "1", "GONGKAO_DATABASE_URL": self.url} | self.env

    def round(self, number: int = 1) -> RoundFolder:
        return RoundFolder(self.folder / "data" / "rounds", number)

    async def row(self, number: int = 1) -> TrainingRound:
        async with self.sessions() as session:
            found = await rounds.get(session, number)
        assert found is not None
        return found

    async def steps(self, number: int = 1) -> list[str]:
        """Names of the steps that the database has a record of."""
        async with self.sessions() as session:
            return [one.name for one in await rounds.steps(session, number)]

    async def until(self, *statuses: str, number: int = 1, limit_s: float = 300) -> TrainingRound:
        deadline = time.monotonic() + limit_s
        while (row := await self.row(number)).status not in statuses:
            assert time.monotonic() < deadline, (row.status, row.step, row.progress, self.log[-3000:])
            await asyncio.sleep(0.2)
        return row

    async def saw(self, true: Callable[[], object], limit_s: float = 120) -> None:
        """Wait until *true*."""
        deadline = time.monotonic() + limit_s
        while not true():
            assert time.monotonic() < deadline, self.log[-3000:]
            await asyncio.sleep(0.02)

    async def silence(self, number: int = 1) -> None:
        """Let the round's worker seem silent for long."""
        async with self.sessions.begin() as session:
            long_ago = datetime.now(UTC) - timedelta(minutes=5)
            await session.execute(update(TrainingRound).where(TrainingRound.id == number).values(heartbeat_at=long_ago))

    async def fill(self, count: int = len(facts.FACTS), corrected: int = CORRECTED) -> None:
        """The bank with the first facts, right, and the corrected ones as cases of the gate."""
        known = facts.FACTS[:count]
        await add(self.sessions, *({"stem": question, "answer": answer} for question, answer in known))
        async with self.sessions.begin() as session:
            for number, (question, answer) in enumerate(known[:corrected], 1):
                key = fingerprint(question, [], "")
                decided = {"status": "approved", "verdict": "changed", "decided_at": datetime.now(UTC)}
                item = ReviewItem(
                    id=number, subject=key, causes={}, question_id=number, kind="short", stem=question, **decided
                )
                session.add(item)
                await session.flush()
                session.add(GateCase(item_id=number, kind="short", stem=question, answer=answer, fingerprint=key))

    def ask_less(self, version: str = "v0001", lines: int = 3) -> None:
        """Leave so few questions about everything else in the training set's folder: an evaluation of seconds."""
        for name in ("guard.jsonl", "refusals.jsonl"):
            place = self.folder / "data" / "datasets" / version / name
            kept = place.read_text(encoding="utf-8").splitlines(keepends=True)[:lines]
            place.write_text("".join(kept), encoding="utf-8")

    def processes(self) -> list[str]:
        """Command lines of what its workers started and what still lives."""
        mine = {one.pid for one in self.workers}
        found: list[str] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = " ".join(process.cmdline())
                inside = process.pid not in mine and process.status() != psutil.STATUS_ZOMBIE
                if inside and str(self.folder) in f"{line} {process.cwd()}":
                    found.append(line)
        return found

    async def deserted(self, limit_s: float = 15) -> None:
        """Nothing that a worker started is left, after *limit_s* at the latest."""
        deadline = time.monotonic() + limit_s
        while left := self.processes():
            assert time.monotonic() < deadline, left
            await asyncio.sleep(0.1)

    def end(self) -> None:
        """End the workers that live."""
        for process in self.workers:
            process.terminate()
        for process in self.workers:
            process.wait(60)


@asynccontextmanager
async def opened(folder: Path, url: str | None = None) -> AsyncIterator[Home]:
    """A home in *folder* whose database is migrated, by default a SQLite file in it; its workers end with it."""
    url = url or f"sqlite+aiosqlite:///{folder / 'data' / 'gongkao.db'}"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    home = Home(folder, url, open_sessions(engine))
    try:
        yield home
    finally:
        home.end()
        await engine.dispose()


def records(folder: RoundFolder) -> dict[str, tuple[int, str]]:
    """Time and digest of each step's record."""
    return {
        place.stem: (place.stat().st_mtime_ns, hashlib.sha256(place.read_bytes()).hexdigest())
        for place in (folder.path / "records").glob("*.json")
    }


def drafts(folder: RoundFolder) -> list[str]:
    """What was begun and not ended."""
    return [place.name for place in folder.path.iterdir() if place.name.startswith(".")]
