"""Sets that are finished while others are not: what a run that was broken off need not ask again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from training.evaluation.errors import NoReport
from training.evaluation.items import ItemSet
from training.evaluation.report import Identity, Scored, read_lines, write_lines


class Parts:
    """The folder ``parts`` of an evaluation; a file's name says what it is of, so that nothing stale is taken."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self._folder = folder / "parts"
        self._identity = identity

    def find(self, asked: ItemSet) -> list[Scored] | None:
        """The replies of a set that was finished; ``None`` when it has to be asked."""
        path = self._path(asked)
        if not path.exists():
            return None
        try:
            found = list(read_lines(path))
        except NoReport:
            return None
        return found if len(found) == len(asked.items) else None

    def keep(self, asked: ItemSet, replies: Sequence[Scored]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_lines(self._path(asked), replies)

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, asked: ItemSet) -> Path:
        what = json.dumps([self._identity.model_dump(), asked.name, asked.digest(), asked.keys_digest()])
        return self._folder / f"{sha256(what.encode()).hexdigest()[:32]}.jsonl"
