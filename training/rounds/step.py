"""What a step is given and what it gives back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from store.db import Sessions
from training.config import TrainingConfig
from training.rounds.folder import RoundFolder

_BLOCK = 1 << 20


class Report(Protocol):
    """Told how far a step is: the stage in Chinese, what is done of it, its total (0: unknown) and more figures."""

    def __call__(self, stage: str, done: int, total: int, **figures: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Job:
    """One round on its way."""

    number: int
    folder: RoundFolder
    home: Path
    """Folder of bot.toml: relative paths of the settings start there."""
    base: Path
    config: TrainingConfig
    sessions: Sessions
    report: Report
    stop: asyncio.Event
    """Set when the step has to end as soon as it can."""


@dataclass(slots=True)
class Done:
    """The record of a step, but for its times."""

    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """SHA-256 by file; what it depends on besides, by its name."""
    outputs: list[str] = field(default_factory=list[str])
    """Files and folders it made, relative to the round's folder; gone ones make the step undone."""
    command: list[str] = field(default_factory=list[str])
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    """What later steps and people want to know: counts, losses, peak memory, versions."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    """English, of at most 16 letters: the record's name."""
    words: str
    """Chinese, for the card: 训练."""
    run: Callable[[Job], Awaitable[Done]]
    wanted: Callable[[TrainingConfig], bool] = lambda config: True
    stands: Callable[[Job, Mapping[str, Any]], bool] = lambda job, record: True
    """Whether what was made is still what is wanted; otherwise it is made again."""
    on_gpu: bool = False
    """Whether a model server has to make way for it, where one GPU must do both."""


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    told = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            told.update(block)
    return told.hexdigest()
