"""A home with a base model that passes the checks before a training, and rounds made of harmless steps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from store import rounds
from store.db import Sessions
from store.models import TrainingRound
from training.config import TrainingConfig
from training.rounds.folder import RoundFolder
from training.rounds.policy import RoundPolicy
from training.rounds.runner import Runner
from training.rounds.step import Done, Job, Step


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Folder of bot.toml, with a model folder ``base``."""
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text(
        json.dumps({"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]}), encoding="utf-8"
    )
    (base / "model.safetensors").write_bytes(b"weights")
    return tmp_path


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
