"""Exporting the bank, or a part of it, to one file (two for a paper and its key)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from bot.services.exporting.drafts import ExportFailed, drafts
from store import bank_reading
from store.bank_reading import Entry, Extent, Selection
from store.db import Sessions

Format = Literal["xlsx", "jsonl", "apkg", "docx", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)

MAX_PRINTED = 2000
"""Questions of one paper: some two hundred pages."""
_MAX_NOTES = 100_000
"""Of an Anki package: they are held in memory, about 3 kB each."""
_MAX_ROWS = 1_048_575
"""Excel's rows less the header."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export."""

    selection: Selection
    title: str
    """Of a paper, or of the deck above the categories' decks."""
    count: int | None = None
    """As many questions, drawn at random; ``None`` for all."""
    seed: int = 0
    """The same seed draws the same questions from the same bank."""


@dataclass(frozen=True, slots=True)
class Exported:
    files: tuple[Path, ...]
    count: int
    left_out: dict[str, int]
    """Questions by status that the selection would hold but for their status."""


class Progress(Protocol):
    """Told now and then how many questions are done; may be called from another thread."""

    def __call__(self, done: int, total: int) -> None: ...


class Writer(Protocol):
    """One file format: takes questions as they come; then either ``close`` or ``abandon``."""

    def add(self, entries: Sequence[Entry]) -> None: ...

    def close(self) -> None:
        """Make the file whole."""
        ...

    def abandon(self) -> None:
        """Let go of everything; the file will be deleted."""
        ...


class ExportService:
    """Writes questions of the bank to files."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def export(
        self, out: Path, form: Format, wanted: Wanted, *, force: bool = False, progress: Progress | None = None
    ) -> Exported:
        """Write what is *wanted* to *out*; an existing file stays unless *force* is given.

        Raises:
            ExportFailed: no such question, too many for the format, or the file cannot be written.
        """
        extent = await bank_reading.extent(self._sessions, wanted.selection)
        total = extent.count if wanted.count is None else min(wanted.count, extent.count)
        _check(form, total)
        places = [out, key_place(out)] if form in ("docx", "pdf") else [out]
        done = 0
        with drafts(places, force=force) as written:
            writer = await asyncio.to_thread(_writer, form, written, wanted.title, extent)
            try:
                async for part in self._read(wanted, also_asked=form in ("jsonl", "xlsx")):
                    await asyncio.to_thread(writer.add, part)
                    done += len(part)
                    if progress is not None:
                        progress(done, total)
            except BaseException:
                writer.abandon()
                raise
            await asyncio.to_thread(writer.close)
        by_status = await bank_reading.counts_by_status(self._sessions, wanted.selection)
        taken = wanted.selection.statuses
        return Exported(tuple(places), done, {name: n for name, n in by_status.items() if name not in taken})

    async def _read(self, wanted: Wanted, *, also_asked: bool) -> AsyncGenerator[list[Entry]]:
        if wanted.count is None:
            parts = bank_reading.every(self._sessions, wanted.selection, also_asked=also_asked)
        else:
            known = await bank_reading.ids(self._sessions, wanted.selection)
            # The draw must only be reproducible, nobody gains by guessing it.
            drawn = random.Random(wanted.seed).sample(known, min(wanted.count, len(known)))  # noqa: S311
            parts = bank_reading.chosen(self._sessions, drawn, also_asked=also_asked)
        async for part in parts:
            yield part


def key_place(out: Path) -> Path:
    """Where the key of the paper *out* goes."""
    return out.with_name(f"{out.stem}-答案{out.suffix}")


def _check(form: Format, total: int) -> None:
    if total == 0:
        raise ExportFailed("没有符合条件的题，请放宽 --category、--source 或 --kind")
    if form in ("docx", "pdf") and total > MAX_PRINTED:
        raise ExportFailed(f"有 {total} 题，一份卷子最多 {MAX_PRINTED} 题；请用 --count 抽题，或按 --category 分开")
    if form == "apkg" and total > _MAX_NOTES:
        raise ExportFailed(f"有 {total} 题，一个 Anki 包最多 {_MAX_NOTES} 题；请按 --category 分开")
    if form == "xlsx" and total > _MAX_ROWS:
        raise ExportFailed(f"有 {total} 题，一张 Excel 表最多 {_MAX_ROWS} 题；请按 --category 分开，或导出成 jsonl")


def _writer(form: Format, written: Sequence[Path], title: str, extent: Extent) -> Writer:
    # Each format's library is loaded only where it is used.
    if form == "xlsx":
        from bot.services.exporting.xlsx_file import XlsxWriter

        return XlsxWriter(written[0], extent)
    if form == "jsonl":
        from bot.services.exporting.jsonl_file import JsonlWriter

        return JsonlWriter(written[0])
    if form == "apkg":
        from bot.services.exporting.apkg_file import ApkgWriter

        return ApkgWriter(written[0], title)
    return _PaperWriter(form, written, title)


class _PaperWriter:
    """Collects the questions of a paper; arranging them needs them all."""

    def __init__(self, form: Literal["docx", "pdf"], written: Sequence[Path], title: str) -> None:
        self._form = form
        self._written = written
        self._title = title
        self._entries: list[Entry] = []

    def add(self, entries: Sequence[Entry]) -> None:
        self._entries.extend(entries)

    def abandon(self) -> None:
        """Nothing was written yet."""

    def close(self) -> None:
        from bot.services.exporting import docx_file, pdf_file
        from bot.services.exporting.paper import arrange

        paper = arrange(self._title, self._entries)
        file = docx_file if self._form == "docx" else pdf_file
        file.write_paper(paper, self._written[0])
        file.write_key(paper, self._written[1])
