"""Importing one file in one transaction: read, compare, write."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.importing.ledger import KeyedRow, Known, Ledger
from bot.services.importing.reader import read
from bot.services.importing.report import Entry, Report
from bot.services.importing.rows import Aside, Rejected, Row, UnreadableFile, excerpt
from store import bank, questions
from store.db import Sessions

MAX_ROWS = 300_000
_STEP = 1000
_MAX_SOURCE = 255

Read = KeyedRow | Rejected | Aside


class Progress(Protocol):
    """Told now and then how far an import is; may be called from another thread."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


class ImportService:
    """Brings question files into the bank."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def import_file(
        self, path: Path, *, source: str | None = None, dry_run: bool = False, progress: Progress | None = None
    ) -> Report:
        """Import *path* and say what became of every row.

        All of the file goes in or nothing. *source* is what members read as the
        questions' origin, by default the file's name. A dry run reads and
        compares only.

        Raises:
            UnreadableFile: nothing of the file can be used.
        """
        tell = progress or _silent
        sha256, items = await asyncio.to_thread(_read_all, path, tell)
        if not any(not isinstance(item, Aside) for item in items):
            raise UnreadableFile("文件里没有题目；要有“题干：->答案”这样的行，或 A 列题干、B 列答案的表格")
        # A name need not be text to the file system, to a database it must.
        name = path.name.encode("utf-8", "replace").decode()
        async with self._sessions() as session, session.begin():
            if not dry_run:
                # First of all, so that nobody adds the same questions in between.
                await questions.lock_bank(session)
            ledger = await _load(session, sha256, [item for item in items if isinstance(item, KeyedRow)])
            report = await asyncio.to_thread(_judge, name, items, ledger, dry_run=dry_run, tell=tell)
            if not dry_run:
                tell("写入", 0, None)
                await _write(session, ledger, report, sha256, (source or name)[:_MAX_SOURCE])
                tell("写入", report.rows, report.rows)
        return report


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


def _read_all(path: Path, tell: Progress) -> tuple[str, list[Read]]:
    items: list[Read] = []
    for item in read(path):
        items.append(KeyedRow.of(item) if isinstance(item, Row) else item)
        if len(items) > MAX_ROWS:
            raise UnreadableFile(f"文件超过 {MAX_ROWS} 行，请拆开再导入")
        if len(items) % _STEP == 0:
            tell("读取", len(items), None)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), items


async def _load(session: AsyncSession, sha256: str, rows: Sequence[KeyedRow]) -> Ledger:
    """A ledger that knows what the bank holds of these rows."""
    ledger = Ledger(sha256)
    await questions.plan_lookups(session)
    found = await questions.existing(session, {keyed.fingerprint for keyed in rows})
    by_question: dict[int, list[questions.Rival]] = {}
    for rival in await questions.rivals(session, [question.id for question in found]):
        by_question.setdefault(rival.question_id, []).append(rival)
    hashes: dict[int, set[int]] = {}
    for question_id, hashed in await questions.wording_hashes(session, [question.id for question in found]):
        hashes.setdefault(question_id, set()).add(hashed)
    stems = {keyed.fingerprint: keyed.stem_hash for keyed in rows}
    for question in found:
        known = hashes.get(question.id, set()) | {stems[question.fingerprint]}
        ledger.add_existing(question, known, by_question.get(question.id, []))
    return ledger


def _judge(name: str, items: Sequence[Read], ledger: Ledger, *, dry_run: bool, tell: Progress) -> Report:
    report = Report(name, dry_run=dry_run)
    for at, item in enumerate(items, 1):
        if isinstance(item, Aside):
            report.add_aside(item)
        elif isinstance(item, Rejected):
            report.add("rejected", Entry(item.number, item.sheet, "rejected", item.reason, item.excerpt))
        else:
            verdict = ledger.judge(item)
            row, met = item.row, verdict.met
            report.add(
                verdict.outcome,
                None
                if met is None
                else Entry(
                    row.number,
                    row.sheet,
                    verdict.outcome,
                    verdict.reason,
                    excerpt(row.stem),
                    row.answer,
                    met.origin,
                    met.answer,
                ),
            )
        if at % _STEP == 0 or at == len(items):
            tell("核对", at, len(items))
    return report


async def _write(session: AsyncSession, ledger: Ledger, report: Report, sha256: str, source: str) -> None:
    new = [known for known in ledger.known.values() if known.first is not None]
    touched = [known for known in ledger.known.values() if _is_touched(known)]
    if not (new or touched):
        if not await questions.batch_known(session, sha256):
            await questions.add_batch(session, file_name=report.file[:255], sha256=sha256, counts=report.counts)
        return
    batch = await questions.add_batch(session, file_name=report.file[:255], sha256=sha256, counts=report.counts)
    await questions.add_questions(session, [_columns(known, batch, source) for known in new])
    lacking = [known.first.fingerprint for known in touched if known.first is not None]
    added = await questions.ids_of(session, lacking)
    pairs = [(known.id or added[known.first.fingerprint if known.first else ""], known) for known in touched]
    await questions.add_wordings(
        session,
        [
            {"question_id": number, "stem": stem, "stem_hash": hashed}
            for number, known in pairs
            for hashed, stem in known.new_wordings.items()
        ],
    )
    await questions.add_rivals(
        session,
        [
            {"question_id": number, "answer": answer, "import_id": batch, "row": row}
            for number, known in pairs
            for answer, row in known.new_rivals
        ],
    )
    await questions.dispute(session, [number for number, known in pairs if known.new_rivals])
    for number, known in pairs:
        if known.first is None and known.changed:
            await questions.change(session, number, known.changed)
    await bank.bump_version(session)


def _is_touched(known: Known) -> bool:
    return bool(known.new_wordings or known.new_rivals or (known.first is None and known.changed))


def _columns(known: Known, batch: int, source: str) -> dict[str, Any]:
    assert known.first is not None
    row = known.first.row
    return {
        "kind": row.kind,
        "stem": row.stem,
        "options": list(row.options),
        "answer": row.answer,
        "aliases": known.aliases,
        "explanation": known.explanation,
        "category": known.category,
        "difficulty": known.difficulty,
        "source": source,
        "valid_until": known.valid_until,
        "status": "active",
        "fingerprint": known.first.fingerprint,
        "stem_hash": known.first.stem_hash,
        "import_id": batch,
    }
