"""Importing a file that a superuser drops into a chat: preview, then 确认 or 取消."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePath
from uuid import uuid4

from bot.services.bank import Bank
from bot.services.downloads import Downloader, DownloadFailed, Place
from bot.services.importing.history import ImportHistory, NotUndoable
from bot.services.importing.importer import ImportService
from bot.services.importing.process import Progress
from bot.services.importing.reader import PICTURES, SUFFIXES
from bot.services.importing.report import OUTCOMES, WORDS, Report
from bot.services.importing.rows import Row, UnreadableFile
from bot.services.live_card import LiveCard, Screen
from paper.excerpts import excerpt

HOW_TO_IMPORT = (
    "能。超级用户把 Word、Excel、csv、txt、PDF 或 jsonl 题库发到群里或私聊我，我先给预览，回复「确认」才导入。"
)
NOTHING_WAITING = "没有等着导入的文件。把题库文件发给我就行。"
CANCELLED = "好，不导入了。"
_VALID_FOR_S = 600
_SHOWN_OPTIONS = 40
_SHOWN_STEM = 60


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: Path
    name: str
    until: float


class ChatImportService:
    """Keeps one previewed file per chat and superuser until it is confirmed, cancelled or forgotten."""

    def __init__(
        self,
        *,
        importer: ImportService,
        history: ImportHistory,
        bank: Bank,
        downloader: Downloader,
        folder: Path,
        max_bytes: int,
    ) -> None:
        self._importer = importer
        self._history = history
        self._bank = bank
        self._downloader = downloader
        self._folder = folder
        self._max_bytes = max_bytes
        self._waiting: dict[tuple[str, str], _Waiting] = {}

    @staticmethod
    def takes(name: str, *, private: bool) -> bool:
        """Whether to react to a file of this *name*: in private to any, in a group to what may hold questions."""
        return private or PurePath(name).suffix.lower() in SUFFIXES - PICTURES

    async def preview(
        self, lane: str, member_id: str, *, name: str, size: int, place: Place, screen: Screen | None = None
    ) -> str:
        """Fetch the file, read it and say what importing it would do; nothing is written to the bank.

        What takes long shows on *screen* how far it is.
        """
        suffix = PurePath(name).suffix.lower()
        if suffix not in SUFFIXES:
            return f"《{excerpt(name)}》不是能导入的格式。可以用：Word、Excel、csv、txt、PDF、jsonl。"
        if size > self._max_bytes:
            return (
                f"文件有 {size // 1024 // 1024} MB，超过 {self._max_bytes // 1024 // 1024} MB，没有接收。请拆开再发。"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        # The sender's name for the file never becomes a path.
        path = self._folder / f"{uuid4().hex}{suffix}"
        try:
            async with _card(screen, f"正在看《{excerpt(name)}》") as progress:
                progress("下载", 0, None)
                await self._downloader.file(place, path, most=self._max_bytes)
                report = await self._importer.import_file(path, name=name, dry_run=True, progress=progress)
        except (DownloadFailed, UnreadableFile) as error:
            path.unlink(missing_ok=True)
            return f"《{excerpt(name)}》没有导入：{error}。"
        self._forget((lane, member_id))
        self._waiting[lane, member_id] = _Waiting(path, name, time.monotonic() + _VALID_FOR_S)
        return preview_text(report)

    def is_waiting(self, lane: str, member_id: str) -> bool:
        """Whether a preview waits for this person's 确认 or 取消 in this chat."""
        waiting = self._waiting.get((lane, member_id))
        if waiting is not None and waiting.until < time.monotonic():
            self._forget((lane, member_id))
            return False
        return waiting is not None

    async def confirm(self, lane: str, member_id: str, *, screen: Screen | None = None) -> str:
        """Import the file that was previewed; what takes long shows on *screen* how far it is."""
        if not self.is_waiting(lane, member_id):
            return NOTHING_WAITING
        waiting = self._waiting.pop((lane, member_id))
        try:
            async with _card(screen, f"正在导入《{excerpt(waiting.name)}》") as progress:
                report = await self._importer.import_file(waiting.path, name=waiting.name, progress=progress)
        except UnreadableFile as error:
            return f"《{excerpt(waiting.name)}》没有导入：{error}。"
        finally:
            await asyncio.to_thread(waiting.path.unlink, missing_ok=True)
        await self._bank.refresh()
        return done_text(report)

    def cancel(self, lane: str, member_id: str) -> str:
        """Forget the file that was previewed."""
        if not self.is_waiting(lane, member_id):
            return NOTHING_WAITING
        self._forget((lane, member_id))
        return CANCELLED

    async def undo(self, import_id: int) -> str:
        """Take an import out of the bank again."""
        try:
            undone = await self._history.undo(import_id)
        except NotUndoable as error:
            return f"{error}。"
        await self._bank.refresh()
        return undone_text(import_id, undone.deleted, undone.kept)

    def _forget(self, key: tuple[str, str]) -> None:
        if waiting := self._waiting.pop(key, None):
            waiting.path.unlink(missing_ok=True)


def _card(screen: Screen | None, title: str) -> AbstractAsyncContextManager[Progress]:
    return nullcontext(_unseen) if screen is None else LiveCard(screen, title)


def _unseen(stage: str, done: int, total: int | None) -> None:
    pass


def preview_text(report: Report) -> str:
    """The counts and the first new questions, for a phone."""
    lines = [f"《{excerpt(report.file)}》共 {report.rows} 题", counts_text(report)]
    lines += [f"{layout.sheet + '：' if layout.sheet else ''}{layout.text}" for layout in report.layouts[:3]]
    if report.samples:
        lines.append(f"前 {len(report.samples)} 道新题：")
        lines += [f"{at}. {_sample(row)}" for at, row in enumerate(report.samples, 1)]
    lines.append("回复「确认」导入，「取消」放弃（10 分钟内有效）。")
    return "\n".join(lines)


def done_text(report: Report) -> str:
    """What the import did, and how to take it back."""
    lines = [f"《{excerpt(report.file)}》导入完成", counts_text(report)]
    if reasons := report.top_reasons("rejected", 3):
        lines.append("拒绝原因：" + "；".join(f"{reason}（{count}）" for reason, count in reasons))
    if report.counts["conflict"]:
        lines.append("冲突的题两个答案都先不用，等人工裁定。")
    if report.import_id is not None:
        lines.append(f"想撤销，发 /撤销导入 {report.import_id}")
    return "\n".join(lines)


def undone_text(import_id: int, deleted: int, kept: int) -> str:
    kept_part = f"，{kept} 题别的文件里也有，留着" if kept else ""
    return f"导入 {import_id} 已撤销：删去 {deleted} 题{kept_part}。"


def counts_text(report: Report) -> str:
    """One line: every bucket with its number; they sum to the rows."""
    line = " · ".join(f"{WORDS[outcome]} {report.counts[outcome]}" for outcome in OUTCOMES)
    return f"{line}（新增里 {report.unanswered} 题没有答案）" if report.unanswered else line


def _sample(row: Row) -> str:
    stem = row.stem if len(row.stem) <= _SHOWN_STEM else row.stem[: _SHOWN_STEM - 1] + "…"
    stem = " ".join(stem.split())
    options = " ".join(f"{chr(65 + at)}.{option}" for at, option in enumerate(row.options))
    shown = options if len(options) <= _SHOWN_OPTIONS else options[: _SHOWN_OPTIONS - 1] + "…"
    return " ".join(part for part in (stem, shown, f"【{row.answer or '没有答案'}】") if part)
