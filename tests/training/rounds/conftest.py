"""A home with a base model that passes the checks before a training, and rounds made of harmless steps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from store import rounds
from store.db import Sessions
from store.models import TrainingRound
from tests.environments import python_of
from tests.training.rounds import real, stand_in
from tests.training.rounds.real import Home
from tests.training.weights import safetensors
from training.config import TrainingConfig
from training.rounds.folder import RoundFolder
from training.rounds.policy import RoundPolicy
from training.rounds.runner import Runner
from training.rounds.step import Done, Job, Step


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Folder of bot.toml, with a model folder ``base``."""
    hollow_base(tmp_path / "base")
    return tmp_path


def hollow_base(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(
        json.dumps({"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]}), encoding="utf-8"
    )
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(safetensors())
    return folder


@pytest.fixture(scope="session")
def trainer() -> Path:
    """Python with the real XTuner."""
    return python_of("training")


@pytest.fixture(scope="session")
def tiny_base(trainer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What :func:`tests.training.rounds.real.make_base` makes; not to be changed."""
    return real.make_base(trainer, tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture
async def real_home(tmp_path: Path, trainer: Path, tiny_base: Path) -> AsyncIterator[Home]:
    """For short rounds with the real tools: 40 iterations, a checkpoint after every tenth."""
    async with real.opened(tmp_path / "home") as made:
        made.settle(trainer, tiny_base, xtuner="max_iters = 40\nsave_steps = 10")
        yield made


@pytest.fixture
async def quick_home(tmp_path: Path) -> AsyncIterator[Home]:
    """For rounds that take seconds: with stand-ins for the tools."""
    async with quick(tmp_path) as made:
        yield made


@asynccontextmanager
async def quick(tmp_path: Path, url: str | None = None) -> AsyncIterator[Home]:
    """As :func:`quick_home`, with the database at *url*."""
    hollow_base(tmp_path / "base")
    async with real.opened(tmp_path / "home", url) as made:
        made.env["STAND_IN_NOTES"] = str(tmp_path / "notes")
        python = stand_in.install(tmp_path)
        made.settle(python, tmp_path / "base", rounds=f'device = "cpu"\nserving_python = "{python}"')
        yield made


def config(**more: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"rounds": {"base": "base", "device": "cpu", "worker": "elsewhere", **more}})


@pytest.fixture
def policy(sessions: Sessions, home: Path) -> RoundPolicy:
    return RoundPolicy(sessions, config(), home)


def step(
    name: str, ran: list[str], *, figures: dict | None = None, also: Callable[[Job], Awaitable[None]] | None = None
) -> Step:
    """A step that writes a file of its name and notes that it ran."""

    async def run(job: Job) -> Done:
        ran.append(name)
        if also is not None:
            await also(job)
        (job.folder.path / name).write_text(name, encoding="utf-8")
        return Done(outputs=[name], figures=figures or {})

    return Step(name, name, run)


async def claimed(sessions: Sessions, worker: str = "w", gpu: str = "m/cpu") -> TrainingRound | None:
    async with sessions.begin() as session:
        return await rounds.claim(session, worker=worker, gpu=gpu)


def runner_of(sessions: Sessions, home: Path, number: int, steps: list[Step], worker: str = "w") -> tuple[Runner, Job]:
    job = Job(
        number,
        RoundFolder(home / "rounds", number),
        home,
        home / "base",
        config(),
        sessions,
        lambda stage, done, total, **figures: None,
        asyncio.Event(),
    )
    return Runner(job, steps, worker=worker), job
