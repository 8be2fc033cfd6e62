"""A machine whose engine is a stand-in, rounds that may serve, and keepers in this process or in their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from inference.serving.config import ServingConfig
from store import releases, rounds
from store.db import Sessions
from store.models import Release
from tests.training.weights import safetensors
from training.config import TrainingConfig
from training.releases.keeper import Keeper
from training.releases.ledger import Ledger
from training.releases.machine import Machine
from training.releases.places import Places
from training.releases.policy import ReleasePolicy
from training.rounds.aliases import Aliases
from training.rounds.folder import RoundFolder
from training.rounds.policy import RoundPolicy

_STAND_IN = Path(__file__).with_name("stand_in_server.py")
QUICK: dict[str, Any] = {
    "beside": "always",
    "check_every_s": 0.2,
    "check_timeout_s": 1,
    "drain_s": 8,
    "smoke": 0,
}


def model(folder: Path, **files: str) -> Path:
    """A folder that passes the checks; *files* tell the stand-in how to fail."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}))
    (folder / "tokenizer_config.json").write_text("{}")
    (folder / "tokenizer.json").write_text('{"model": {}}')
    (folder / "model.safetensors").write_bytes(safetensors())
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@dataclass
class Stage:
    """One home."""

    home: Path
    url: str
    sessions: Sessions
    python: Path
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    said: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.settings = {**QUICK, "port": port_pair(), **self.settings}

    @property
    def config(self) -> ServingConfig:
        return ServingConfig.model_validate({**self.settings, "python": self.python})

    @property
    def aliases(self) -> Aliases:
        return Aliases((self.home / "data/models").resolve())

    @property
    def rounds(self) -> RoundPolicy:
        return RoundPolicy(self.sessions, TrainingConfig(), self.home)

    @property
    def policy(self) -> ReleasePolicy:
        return ReleasePolicy(self.sessions, self.aliases)

    async def round(self, **files: str) -> int:
        """A round that the gate let pass; its number."""
        async with self.sessions.begin() as session:
            row = await rounds.add(session, {"status": "ready", "settings": {}, "base": "b"})
        model(RoundFolder((self.home / "data/rounds").resolve(), row.id).model, **files)
        return row.id

    def keeper(self) -> Keeper:
        stopping = asyncio.Event()
        machine = Machine(self.config, self.python, self.home, None)
        places = Places(machine, TrainingConfig().rounds)
        return Keeper(Ledger(self.sessions, stopping), machine, places, stopping, tell=self.said.append)

    @asynccontextmanager
    async def kept(self, folder: Path | None = None) -> AsyncGenerator[Keeper]:
        """A keeper that runs until the block ends."""
        keeper = self.keeper()
        task = asyncio.create_task(keeper.run({"kind": "folder", "model": str(folder)} if folder else None))
        try:
            yield keeper
        finally:
            keeper.stop()
            await task

    @asynccontextmanager
    async def process(self, *arguments: object) -> AsyncGenerator[asyncio.subprocess.Process]:
        """``python -m training serve`` as a process; killed at the end if it still runs."""
        lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in self.settings.items())
        (self.home / "bot.toml").write_text(f'[serving]\n{lines}\npython = "{self.python}"\n')
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training", "serve", *map(str, arguments)),
            cwd=self.home,
            env=self.environment(),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.communicate()

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
        # A driver with a GPU, for a machine that has none.
        path = f"{self.python.parent}:{os.environ['PATH']}"
        return {**kept, "PATH": path, "PYTHONPATH": str(Path.cwd()), "GONGKAO_DATABASE_URL": self.url}

    async def rows(self) -> list[Release]:
        async with self.sessions() as session:
            return sorted(await releases.latest(session, 100), key=lambda row: row.id)

    async def statuses(self) -> list[str]:
        return [row.status for row in await self.rows()]

    async def serving(self) -> Release:
        async with self.sessions() as session:
            row = await releases.current(session)
        assert row is not None
        return row

    async def until(self, *statuses: str, limit_s: float = 30) -> None:
        """Until the table's statuses are these, oldest first."""
        await self.until_true(lambda rows: [row.status for row in rows] == list(statuses), limit_s=limit_s)

    async def until_true(self, claim: Callable[[list[Release]], bool], *, limit_s: float = 30) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not claim(await self.rows()):  # noqa: ASYNC110 - others act, no event tells
                    await asyncio.sleep(0.05)
        except TimeoutError:
            seen = [(row.id, row.status, row.kind, row.problem) for row in await self.rows()]
            pytest.fail(f"the table is {seen}; said: {self.said}")

    def running(self) -> list[int]:
        """Releases that have a server process."""
        return sorted(Machine(self.config, self.python, self.home, None).running())

    async def answer(self) -> str:
        """What the serving model says."""
        row = await self.serving()
        body = {"model": row.name, "messages": [{"role": "user", "content": "？"}]}
        async with aiohttp.ClientSession() as http, http.post(f"{row.url}/v1/chat/completions", json=body) as response:
            return (await response.json())["choices"][0]["message"]["content"]


def port_pair() -> int:
    """A free port whose next one is free too, outside the range that systems give away."""
    while True:
        port = random.randrange(10_000, 30_000, 2)
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", port))
            next_one.bind(("127.0.0.1", port + 1))
            return port


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Has every module, and serves as the stand-in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    file = folder / "python"
    file.write_text(f'#!/bin/sh\ncase "$*" in *find_spec*) exit 0;; esac\nexec {sys.executable} {_STAND_IN} "$@"\n')
    smi = folder / "nvidia-smi"
    smi.write_text('#!/bin/sh\ncase "$*" in *memory.free*) exit 1;; esac\necho "NVIDIA H200, 143771 MiB"\n')
    for one in (file, smi):
        one.chmod(0o755)
    return file


@pytest.fixture
async def stage(tmp_path: Path, database_url: str, sessions: Sessions, python: Path) -> AsyncIterator[Stage]:
    (tmp_path / "home").mkdir()
    made = Stage(tmp_path / "home", database_url, sessions, python)
    yield made
    machine = Machine(made.config, python, made.home, None)
    for process in (*machine.running().values(), *machine.challenging().values()):
        await process.end(0)
