"""Imports that were made, and undoing them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.exc import NoResultFound

from bot.services.importing.known import letters_of
from store import bank, questions
from store.db import Sessions
from store.models import ImportBatch
from store.undo import Undone, undo_import


class NotUndoable(Exception):
    """There is no such import, or it was undone before; the message is Chinese."""


class ImportHistory:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def latest(self, most: int = 20) -> Sequence[ImportBatch]:
        """Imports, newest first, undone ones too; without their reports' bytes loaded."""
        async with self._sessions() as session:
            return await questions.batches(session, most)

    async def report(self, import_id: int) -> tuple[str, bytes] | None:
        """File name and gzipped csv of an import's details; ``None`` when there are none."""
        async with self._sessions() as session:
            return await questions.batch_report(session, import_id)

    async def undo(self, import_id: int) -> Undone:
        """Take the import out of the bank, in one transaction.

        Raises:
            NotUndoable: no such import, or undone already.
        """
        async with self._sessions() as session, session.begin():
            await questions.lock_bank(session)
            try:
                batch = await session.get_one(ImportBatch, import_id)
            except NoResultFound:
                raise NotUndoable(f"没有编号为 {import_id} 的导入") from None
            if batch.undone_at is not None:
                raise NotUndoable(f"导入 {import_id} 已经撤销过了")
            version = await bank.bump_version(session)
            return await undo_import(session, import_id, version, letters_of)
