"""One running bot for the tests of a module."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.services.starter_bank import FOLDER
from tests.peer import BotProcess, Peer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    """A bot without a model, on the starter bank."""
    process = await BotProcess(tmp_path_factory.mktemp("bot")).start()
    yield process
    await process.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def peer(bot: BotProcess) -> AsyncIterator[Peer]:
    async with Peer(bot) as connected:
        yield connected


@pytest.fixture(scope="session")
def starter_items() -> list[dict[str, Any]]:
    files = sorted(FOLDER.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
