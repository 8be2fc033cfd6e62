"""What every ``dataset`` command begins and ends with: settings, database, progress, and mistakes in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console

import settings
from migrations import UnknownRevision, ensure_schema
from settings import Settings, SettingsError
from store.config import StoreConfig, database_url
from store.db import Sessions, open_engine, open_sessions
from training.config import TrainingConfig
from training.datasets.errors import DatasetError
from training.datasets.settings import DatasetSettings
from training.guard import BrokenGuardSet
from training.progress import Report, emit, shown
from training.refusals import BrokenRefusalSet


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with."""

    sessions: Sessions
    root: Path
    config: DatasetSettings
    settings: Settings
    report: Report


@asynccontextmanager
async def _open(report: Report) -> AsyncGenerator[Desk]:
    read = settings.load()
    config = read.table("training", TrainingConfig).dataset
    store_config = read.table("store", StoreConfig)
    url = database_url(store_config, read.home)
    await ensure_schema(url, store_config)
    engine = open_engine(url, store_config)
    try:
        yield Desk(open_sessions(engine), (read.home / config.folder).resolve(), config, read, report)
    finally:
        await engine.dispose()


def run(
    work: Callable[[Desk], Coroutine[Any, Any, dict[str, Any]]], say: Callable[[dict[str, Any]], None], *, as_json: bool
) -> None:
    """Do *work* and tell its result; a mistake that a person can mend ends with exit code 1 and one sentence."""

    async def within(report: Report) -> dict[str, Any]:
        async with _open(report) as desk:
            return await work(desk)

    try:
        with shown(as_json=as_json) as report:
            result = asyncio.run(within(report))
    except (DatasetError, SettingsError, UnknownRevision, BrokenGuardSet, BrokenRefusalSet) as error:
        _give_up(str(error), as_json=as_json)
    except OSError as error:
        _give_up(f"读写文件出错：{error.strerror or error}（{error.filename or '没有文件名'}）", as_json=as_json)
    if as_json:
        emit({"result": result})
    else:
        say(result)


def _give_up(sentence: str, *, as_json: bool) -> NoReturn:
    if as_json:
        emit({"error": sentence})
    else:
        Console(stderr=True).print(sentence, style="red", markup=False)
    raise typer.Exit(1)
