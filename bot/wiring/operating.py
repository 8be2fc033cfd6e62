"""What superusers run: imports, training sets, rounds, releases, two models side by side."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.services.arena import ChatArena, Choices, Comparing
from bot.services.chat_import import ChatImportService
from bot.services.datasets import ChatDatasets
from bot.services.importing.history import ImportHistory
from bot.services.importing.importer import ImportService
from bot.services.passes import Passes
from bot.services.releases import ChatReleases
from bot.services.rounds import ChatRounds
from bot.services.training_process import TrainingProcess
from bot.wiring.answering import Answering
from bot.wiring.base import Base


@dataclass(frozen=True, slots=True)
class Operating:
    chat_import: ChatImportService
    imports: ImportHistory
    datasets: ChatDatasets
    rounds: ChatRounds
    releases: ChatReleases
    arena: ChatArena
    comparing: Comparing
    choices: Choices
    passes: Passes


@asynccontextmanager
async def open_operating(base: Base, answering: Answering) -> AsyncGenerator[Operating]:
    """Commands that a machine's owner gives from the chat."""
    sessions, reviewers, config = base.sessions, base.reviewers, base.config
    incoming = base.settings.home / "data" / "incoming"
    # Previews live in memory: what an earlier process had fetched nobody can confirm any more.
    await asyncio.to_thread(shutil.rmtree, incoming, ignore_errors=True)
    history = ImportHistory(sessions)
    training = TrainingProcess(base.settings.home, base.settings.path)
    datasets = ChatDatasets(sessions, training)
    yield Operating(
        chat_import=ChatImportService(
            importer=ImportService(sessions, base.index, photos=base.photos),
            history=history,
            bank=base.bank,
            downloader=base.downloader,
            folder=incoming,
            max_bytes=config.max_import_mb * 1024 * 1024,
        ),
        imports=history,
        datasets=datasets,
        rounds=ChatRounds(sessions, training, datasets, voice_of=reviewers.voice_of),
        releases=ChatReleases(sessions, training, voice_of=reviewers.voice_of),
        arena=ChatArena(sessions, training, answering.ring),
        comparing=Comparing(sessions, training, base.model, answering.ring, answering.battles),
        choices=Choices(training),
        passes=Passes(base.cache, reviewers.is_superuser),
    )
