"""The questions that come with the bot."""

from __future__ import annotations

from pathlib import Path

from loguru import logger

from bot.services.importing.importer import ImportService
from store import bank
from store.db import Sessions

FOLDER = Path(__file__).parent.parent / "starter_bank"
SOURCE = "自带题库"


async def load_if_empty(sessions: Sessions) -> int:
    """Import the starter bank into a bank without a question; how many came in, 0 if it had some."""
    async with sessions() as session:
        if await bank.size(session):
            return 0
    importer = ImportService(sessions)
    loaded = 0
    for path in sorted(FOLDER.glob("*.jsonl")):
        report = await importer.import_file(path, source=SOURCE)
        loaded += report.imported
    logger.info("starter bank loaded: {} questions", loaded)
    return loaded
