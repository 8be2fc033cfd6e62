"""Reading a file in a process of its own, as seen from the bot."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Protocol

from loguru import logger

from bot.services.importing.keyed_row import Read, keyed_rows
from bot.services.importing.reader import read
from bot.services.importing.rows import PictureFile, UnreadableFile
from bot.services.importing.wire import unpacked
from bot.services.workers.frames import encoded
from bot.services.workers.process import Why, Worker, WorkerGone, module

_LONGEST_REPLY = 128 * 1024 * 1024
"""Bytes of a hundred rows; the explanation of one may be as long as a book."""
_TOO_MUCH = "文件里的文字太多，请拆成几份再导入"
_BROKE_OFF = "文件读到一半出了错，请另存一份，或转成 docx、txt 再试"
_SENTENCES: dict[Why, str] = {
    "timeout": "文件读得太久，没有读完，请拆成几份，或转成 docx、txt 再导入",
    "memory": "读这个文件要占的内存太多，请拆成几份，或另存一份再导入",
}


class Progress(Protocol):
    """Told now and then how far an import is; may be called from another thread."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


class Reader(Protocol):
    """Reads all of a file."""

    async def read(self, path: Path, key: Path | None, tell: Progress) -> list[Read]:
        """What *path* holds, in order; see :func:`bot.services.importing.reader.read`.

        Raises:
            PictureFile: its text has to be recognised first.
            UnreadableFile: nothing of it can be used.
        """
        ...


class FileReader:
    """Reads one file at a time, each in a new process that ends with it: nothing is left of a hostile one.

    A process that takes longer than *limit_s* for a file, wants more than
    *max_rss* bytes of memory or reads more than *max_read* bytes off the file is killed.
    """

    def __init__(
        self, *, limit_s: float = 180, max_rss: int = 1_000_000_000, max_read: int = 256 * 1024 * 1024
    ) -> None:
        self._limit_s = limit_s
        self._max_rss = max_rss
        self._max_read = max_read
        self._turn = asyncio.Lock()

    async def read(self, path: Path, key: Path | None, tell: Progress) -> list[Read]:
        """See :meth:`Reader.read`; a cancel kills the process."""
        async with self._turn:
            try:
                return await self._read(path, key, tell)
            except WorkerGone as error:
                logger.warning("file of type {} not read: {}", path.suffix, error)
                raise UnreadableFile(_SENTENCES.get(error.why, _BROKE_OFF)) from error
            except OSError as error:
                logger.error("no process to read files can be started: {}", error)
                raise UnreadableFile("现在读不了文件，请稍后再试") from error

    async def _read(self, path: Path, key: Path | None, tell: Progress) -> list[Read]:
        command = module("bot.services.importing.worker", str(self._limit_s + 5), str(self._max_rss))
        worker = await Worker.start(command, max_rss=self._max_rss, longest=_LONGEST_REPLY)
        try:
            until = time.monotonic() + self._limit_s
            request = {"path": str(path), "key": str(key) if key else None}
            reply = await worker.ask(encoded(request), until=until)
            found: list[Read] = []
            while "items" in reply:
                found += [unpacked(item) for item in reply["items"]]
                # A text that many cells share is one in the file, and one each here.
                if worker.received > self._max_read:
                    raise UnreadableFile(_TOO_MUCH)
                tell("读取", len(found), None)
                reply = await worker.reply(until)
        except (KeyError, TypeError, ValueError) as error:
            raise WorkerGone("malformed") from error
        finally:
            await worker.kill()
        if "picture" in reply:
            raise PictureFile(str(reply["picture"]))
        if "unreadable" in reply:
            raise UnreadableFile(str(reply["unreadable"]))
        return found


class OwnFileReader:
    """Reads files in this process: those that come with the bot need no other, and there are several at the first start."""

    async def read(self, path: Path, key: Path | None, tell: Progress) -> list[Read]:
        """See :meth:`Reader.read`."""
        return await asyncio.to_thread(lambda: list(keyed_rows(read(path, key))))
