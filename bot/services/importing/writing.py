"""Writing what a ledger decided, inside the caller's transaction."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.importing.known import Known
from bot.services.importing.ledger import Ledger
from bot.services.importing.report import Report
from store import bank, questions


async def write(session: AsyncSession, ledger: Ledger, report: Report, sha256: str, source: str) -> int | None:
    """Bring the ledger into the bank; the number of the import, ``None`` when the same file told nothing new."""
    met = list({id(known): known for known in ledger.known.values() if known.seen}.values())
    new = [known for known in met if known.first is not None]
    touched = [known for known in met if known.touched]
    if not (new or touched) and await questions.batch_known(session, sha256):
        return None
    batch = await questions.add_batch(
        session,
        file_name=report.file[:255],
        sha256=sha256,
        source=source,
        counts=report.counts,
        report=gzip.compress(report.csv(), mtime=0),
    )
    if not (new or touched):
        await _write_sightings(session, batch, met, {})
        return batch
    version = await bank.bump_version(session)
    await questions.add_questions(session, [_columns(known, batch, source, version) for known in new])
    added = await questions.ids_of(session, [known.first.fingerprint for known in new if known.first is not None])
    await _write_touched(session, batch, [(_id(known, added), known) for known in touched])
    await _write_sightings(session, batch, met, added)
    await questions.touch(session, [_id(known, added) for known in touched], version)
    return batch


def _id(known: Known, added: dict[str, int]) -> int:
    return known.id or added[known.first.fingerprint if known.first else ""]


async def _write_sightings(session: AsyncSession, batch: int, met: Iterable[Known], added: dict[str, int]) -> None:
    rows = [
        {"import_id": batch, "question_id": _id(known, added), "row": known.seen[0], "says": known.seen[1]}
        for known in met
        if known.seen
    ]
    await questions.add_sightings(session, rows)


async def _write_touched(session: AsyncSession, batch: int, pairs: list[tuple[int, Known]]) -> None:
    await questions.add_wordings(
        session,
        [
            {"question_id": number, "stem": stem, "stem_hash": hashed, "import_id": batch}
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
    changed = [(number, known) for number, known in pairs if known.first is None and known.changed]
    for number, known in changed:
        await questions.change(session, number, known.changed)
    await questions.add_changes(
        session,
        [
            {
                "import_id": batch,
                "question_id": number,
                "field": field,
                "before": known.before[field],
                "after": value.isoformat() if isinstance(value, date) else value,
            }
            for number, known in changed
            for field, value in known.changed.items()
        ],
    )


def _columns(known: Known, batch: int, source: str, version: int) -> dict[str, Any]:
    assert known.first is not None
    row = known.first.row
    return {
        "kind": row.kind,
        "stem": row.stem,
        "options": list(row.options),
        "material": row.material,
        "answer": row.answer,
        "aliases": known.aliases,
        "explanation": known.explanation,
        "category": known.category,
        "difficulty": known.difficulty,
        "source": source,
        "valid_until": known.valid_until,
        "status": "active" if row.answer else "unanswered",
        "fingerprint": known.first.fingerprint,
        "stem_hash": known.first.stem_hash,
        "import_id": batch,
        "changed_in": version,
    }
