"""The log of a process that writes it itself: it goes on when nobody watches a model server."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import BinaryIO

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINE_END = re.compile(r"[\r\n]+")
_TAIL_BYTES = 64 * 1024


class ServingLog:
    """A file that processes append to; at most ``keep + 1`` files of about *max_bytes* each."""

    def __init__(
        self, path: Path, *, secret: str = "", max_bytes: int = 5_000_000, keep: int = 3, tail_lines: int = 30
    ) -> None:
        """*secret* is kept out of :attr:`tail`; the file itself only its owner may read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._secret = secret
        self._max_bytes = max_bytes
        self._keep = keep
        self._tail_lines = tail_lines

    def open(self) -> BinaryIO:
        """The file, to be a server's standard output: every write of it goes to the end."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)  # one from before may be open to others
        return os.fdopen(descriptor, "wb", buffering=0)

    def rotate(self) -> bool:
        """Put the file away when it is too long; whether it was.

        The server holds it open, so it is copied and emptied; a line that is
        written between the two is lost.
        """
        try:
            if self.path.stat().st_size <= self._max_bytes:
                return False
        except FileNotFoundError:
            return False
        for number in range(self._keep - 1, 0, -1):
            older = self._put_away(number)
            if older.exists():
                older.replace(self._put_away(number + 1))
        draft = self._put_away(1)
        shutil.copyfile(self.path, draft)
        draft.chmod(0o600)
        os.truncate(self.path, 0)
        return True

    @property
    def tail(self) -> list[str]:
        """The last lines, oldest first, over all servers so far: without colours, blank lines and the secret.

        A progress bar's redraws count as lines of their own.
        """
        text = b""
        for file in (self._put_away(1), self.path):
            if file.exists():
                with file.open("rb") as opened:
                    opened.seek(max(0, file.stat().st_size - _TAIL_BYTES))
                    text += opened.read()
        lines = [self._cleaned(line) for line in _LINE_END.split(text.decode("utf-8", "replace"))]
        return [line for line in lines if line][-self._tail_lines :]

    def _cleaned(self, line: str) -> str:
        line = _COLOUR.sub("", line).rstrip()
        return line.replace(self._secret, "***") if self._secret else line

    def _put_away(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
