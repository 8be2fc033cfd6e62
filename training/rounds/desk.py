"""What every ``round`` command begins and ends with: settings, database, policy, and mistakes in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

import settings
from migrations import UnknownRevision, ensure_schema
from settings import SettingsError
from store.config import StoreConfig, database_url
from store.db import Sessions, open_engine, open_sessions
from training.config import TrainingConfig
from training.datasets.errors import DatasetError
from training.progress import Report, emit, shown
from training.rounds.patience import is_away
from training.rounds.policy import NotAllowed, RoundPolicy


class NoDatabase(Exception):
    """It cannot be reached; the message is Chinese and says why."""

    def __init__(self, error: SQLAlchemyError | OSError) -> None:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        super().__init__(f"数据库连不上：{why or type(error).__name__}")


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with."""

    sessions: Sessions
    config: TrainingConfig
    home: Path
    policy: RoundPolicy
    report: Report


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, and what a program that asked wants to know besides."""

    text: str
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


@asynccontextmanager
async def opened(report: Report) -> AsyncGenerator[Desk]:
    """What a command works with.

    Raises:
        SettingsError, UnknownRevision: the settings are wrong, the database is newer than this program.
        NoDatabase, SQLAlchemyError: it cannot be reached, or refuses.
    """
    read = settings.load()
    config = read.table("training", TrainingConfig)
    store_config = read.table("store", StoreConfig)
    url = database_url(store_config, read.home)
    try:
        await ensure_schema(url, store_config)
    except OSError as error:
        # Later on it may be any file's.
        raise NoDatabase(error) from error
    engine = open_engine(url, store_config)
    sessions = open_sessions(engine)
    try:
        yield Desk(sessions, config, read.home, RoundPolicy(sessions, config, read.home), report)
    finally:
        await engine.dispose()


def run(work: Callable[[Desk], Coroutine[Any, Any, str | Told]], *, as_json: bool) -> None:
    """Do *work* and print its sentence; a mistake that a person can mend ends with exit code 1."""

    async def within(report: Report) -> str | Told:
        async with opened(report) as desk:
            return await work(desk)

    with mistakes_told(as_json=as_json), shown(as_json=as_json) as report:
        said = asyncio.run(within(report))
    told = Told(said) if isinstance(said, str) else said
    if as_json:
        emit({"result": {"text": told.text, **told.more}})
    else:
        Console().print(told.text, markup=False, soft_wrap=True)


@contextmanager
def mistakes_told(*, as_json: bool = False) -> Generator[None]:
    """End the command with exit code 1 and a sentence for what a person can mend."""
    try:
        try:
            yield
        except SQLAlchemyError as error:
            if is_away(error):
                raise NoDatabase(error) from error
            raise
    except (NotAllowed, DatasetError, SettingsError, UnknownRevision, NoDatabase) as error:
        if as_json:
            emit({"error": str(error)})
        else:
            Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
