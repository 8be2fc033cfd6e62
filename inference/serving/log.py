"""The log of a served model: rotated on disk, its last lines at hand."""

from __future__ import annotations

import asyncio
import codecs
import logging
import re
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE_END = re.compile(r"[\r\n]+")
_LONGEST_LINE = 8192


class ServingLog:
    """Writes what a child process prints to *path*; at most ``keep + 1`` files of *max_bytes* each."""

    def __init__(
        self, path: Path, *, secret: str = "", max_bytes: int = 5_000_000, keep: int = 3, tail_lines: int = 30
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._secret = secret
        self._file = RotatingFileHandler(path, maxBytes=max_bytes, backupCount=keep, encoding="utf-8")
        self._tail: deque[str] = deque(maxlen=tail_lines)

    @property
    def tail(self) -> list[str]:
        """The last lines, oldest first, over all children so far."""
        return list(self._tail)

    async def copy(self, output: asyncio.StreamReader) -> None:
        """Write *output* until it ends. A progress bar's redraws count as lines of their own."""
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        rest = ""
        while block := await output.read(65536):
            *lines, rest = _LINE_END.split(rest + decode(block))
            if len(rest) > _LONGEST_LINE:
                lines.append(rest)
                rest = ""
            for line in lines:
                self.write(line)
        self.write(rest)

    def write(self, line: str) -> None:
        """Write one line, without colours and without the secret; empty ones are dropped."""
        line = _COLOUR.sub("", line).rstrip()
        if self._secret:
            line = line.replace(self._secret, "***")
        if line:
            self._tail.append(line)
            self._file.emit(logging.makeLogRecord({"msg": line}))

    def close(self) -> None:
        self._file.close()
