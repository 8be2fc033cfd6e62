"""The questions that come with the bot."""

from __future__ import annotations

import hashlib
from pathlib import Path

from loguru import logger

from store import questions
from store.db import Sessions

FOLDER = Path(__file__).parent.parent / "starter_bank"
SOURCE = "自带题库"


async def load(sessions: Sessions) -> int:
    """Import each file of the starter bank that this database has not seen yet; how many questions came in.

    A file is known by its bytes, so an update of the bot brings its new questions along.
    """
    async with sessions() as session:
        fresh = [
            path for path in sorted(FOLDER.glob("*.jsonl")) if not await questions.batch_known(session, _sha(path))
        ]
    if not fresh:
        return 0
    # The importer's readers are not needed at any other start.
    from bot.services.importing.importer import ImportService
    from bot.services.importing.process import OwnFileReader

    # Each question stands once in these files, and tests see to it.
    importer = ImportService(sessions, near=False, files=OwnFileReader())
    loaded = 0
    for path in fresh:
        report = await importer.import_file(path, source=SOURCE)
        loaded += report.counts["new"]
    logger.info("starter bank: {} questions loaded", loaded)
    return loaded


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
