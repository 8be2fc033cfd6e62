"""Importing one file in one transaction: read, compare, write."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.importing.keyed_row import KeyedRow, Read, keyed_rows
from bot.services.importing.known import Known
from bot.services.importing.ledger import Ledger
from bot.services.importing.neighbours import Neighbours
from bot.services.importing.process import FileReader, Progress, Reader
from bot.services.importing.report import SAMPLES, Entry, Report
from bot.services.importing.rows import Aside, Layout, PictureFile, Rejected, UnreadableFile
from bot.services.importing.writing import write
from bot.services.photos.reader import PhotoReader
from bot.services.photos.text import PhotoBusy, PhotosNotInstalled, PhotoUnreadable
from paper.excerpts import excerpt
from store import questions
from store.db import Sessions
from store.search import IndexKeeper

_STEP = 1000
_MAX_SOURCE = 255
_PROPOSED = 4


class ImportService:
    """Brings question files into the bank."""

    def __init__(
        self,
        sessions: Sessions,
        index: IndexKeeper | None = None,
        *,
        files: Reader | None = None,
        photos: PhotoReader | None = None,
        near: bool = True,
    ) -> None:
        """*index* finds near duplicates in the bank; without *near* only the same wording counts as the same.

        Files are read by *files*, in a process of their own unless told otherwise.
        Photographed pages are read by *photos*, refused without it.
        """
        self._sessions = sessions
        self._files = files or FileReader()
        self._photos = photos
        self._index = index
        self._near = near

    async def import_file(
        self,
        path: Path,
        *,
        key: Path | None = None,
        name: str | None = None,
        source: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Report:
        """Import *path*, its answers perhaps in the separate file *key*, and say what became of every row.

        All of the file goes in or nothing. *source* is what members read as the
        questions' origin, by default *name*, which is the file's own name by
        default. A dry run reads and compares only.

        Raises:
            UnreadableFile: nothing of the file can be used.
        """
        tell = progress or _silent
        try:
            items = await self._files.read(path, key, tell)
        except PictureFile:
            items = await self._page(path)
        sha256 = await asyncio.to_thread(_digest, path, key)
        if not any(isinstance(item, KeyedRow | Rejected) for item in items):
            raise UnreadableFile("看起来不是题库：没有找到题目")
        # A name need not be text to the file system, to a database it must.
        name = (name or path.name).encode("utf-8", "replace").decode()
        rows = [item for item in items if isinstance(item, KeyedRow)]
        neighbours = await self._neighbours(rows, tell) if self._near else None
        async with self._sessions() as session, session.begin():
            if not dry_run:
                # First of all, so that nobody adds the same questions in between.
                await questions.lock_bank(session)
            ledger = await self._load(session, sha256, rows, neighbours)
            report = await asyncio.to_thread(_judge, name, items, ledger, dry_run=dry_run, tell=tell)
            if not dry_run:
                tell("写入", 0, None)
                report.import_id = await write(session, ledger, report, sha256, (source or name)[:_MAX_SOURCE])
                tell("写入", report.rows, report.rows)
        return report

    async def _page(self, path: Path) -> list[Read]:
        """The rows of a photographed page."""
        if self._photos is None:
            raise UnreadableFile("这里认不了图片，请发文字版")
        try:
            text = await self._photos.read(await asyncio.to_thread(path.read_bytes))
        except (PhotoUnreadable, PhotoBusy, PhotosNotInstalled) as error:
            raise UnreadableFile(str(error)) from error
        return await asyncio.to_thread(_page_rows, text.text)

    async def _neighbours(self, rows: Sequence[KeyedRow], tell: Progress) -> Neighbours:
        """What the file itself and the bank's index know of questions in other words."""
        if self._index is not None:
            await self._index.catch_up(lambda done, total: tell("建索引", done, total))
        return await asyncio.to_thread(_propose, rows, self._index, tell)

    async def _load(
        self, session: AsyncSession, sha256: str, rows: Sequence[KeyedRow], neighbours: Neighbours | None
    ) -> Ledger:
        """A ledger that knows what the bank holds of these rows."""
        ledger = Ledger(sha256, neighbours)
        await questions.plan_lookups(session)
        found = {
            question.id: question
            for question in await questions.existing(session, {keyed.fingerprint for keyed in rows})
        }
        if neighbours is not None:
            near = await questions.existing_by_id(session, neighbours.proposed_ids())
            neighbours.tell(near)
            found |= {question.id: question for question in near}
        by_question: dict[int, list[questions.Rival]] = {}
        for rival in await questions.rivals(session, list(found)):
            by_question.setdefault(rival.question_id, []).append(rival)
        hashes: dict[int, set[int]] = {}
        for question_id, hashed in await questions.wording_hashes(session, list(found)):
            hashes.setdefault(question_id, set()).add(hashed)
        for question in found.values():
            known = hashes.get(question.id, set()) | {question.stem_hash}
            ledger.known[question.fingerprint] = Known.existing(question, known, by_question.get(question.id, []))
        return ledger


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


def _page_rows(text: str) -> list[Read]:
    # The bot does without what reads papers until a page asks for it.
    from bot.services.importing.papers import Line, read_lines

    lines = (Line(number, line, False) for number, line in enumerate(text.splitlines(), 1))
    return list(keyed_rows(read_lines(lines)))


def _digest(path: Path, key: Path | None) -> str:
    digest = _sha256(path)
    # The file with its answers apart is another import than the file alone.
    return hashlib.sha256(f"{digest}{_sha256(key)}".encode()).hexdigest() if key else digest


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _propose(rows: Sequence[KeyedRow], index: IndexKeeper | None, tell: Progress) -> Neighbours:
    neighbours = Neighbours(rows)
    if index is None or not index.size:
        return neighbours
    for at, keyed in enumerate(rows, 1):
        found = index.find(" ".join((keyed.row.stem, *keyed.row.options)), _PROPOSED)
        neighbours.propose(keyed, [one.id for one in found])
        if at % _STEP == 0 or at == len(rows):
            tell("找相近题", at, len(rows))
    return neighbours


def _judge(name: str, items: Sequence[Read], ledger: Ledger, *, dry_run: bool, tell: Progress) -> Report:
    report = Report(name, dry_run=dry_run)
    for at, item in enumerate(items, 1):
        if isinstance(item, Layout):
            report.layouts.append(item)
        elif isinstance(item, Aside):
            report.add_aside(item)
        elif isinstance(item, Rejected):
            report.add("rejected", Entry(item.number, item.sheet, "rejected", item.reason, item.excerpt))
        else:
            _judge_row(item, ledger, report)
        if at % _STEP == 0 or at == len(items):
            tell("核对", at, len(items))
    return report


def _judge_row(keyed: KeyedRow, ledger: Ledger, report: Report) -> None:
    verdict = ledger.judge(keyed)
    row, met = keyed.row, verdict.met
    if met is None:
        report.add("new", None)
        report.unanswered += not row.answer
        if len(report.samples) < SAMPLES:
            report.samples.append(row)
        return
    shown = excerpt(row.stem)
    report.add(
        verdict.outcome,
        Entry(row.number, row.sheet, verdict.outcome, verdict.reason, shown, row.answer, met.origin, met.answer),
    )
