"""What the version before left behind that the database does not tell: texts held out, and edited questions."""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from training.datasets.errors import UnknownVersion
from training.datasets.held_out import HELD
from training.datasets.intake import SIDES
from training.datasets.questions import Item

GONE = "已不在题库里"


class Earlier:
    """The newest registered version's files; nothing when there is none.

    A question that was edited has another fingerprint and so no place: by its
    id it keeps to its old side. One that was deleted leaves its text in the
    files, so that what resembles it is still not trained on.
    """

    def __init__(self, folder: Path | None, name: str = "") -> None:
        self._folder = folder
        self._ids = np.zeros(0, dtype=np.int64)
        self._sides = np.zeros(0, dtype=np.uint8)
        self._marks = np.zeros(0, dtype=np.uint64)
        if folder is None:
            return
        if not (folder / "index.jsonl").exists():
            raise UnknownVersion(
                f"{folder} 里没有 {name} 的文件。哪些题永远留出要靠上一版来认，请先把这个文件夹从构建它的机器上复制过来。"
            )
        self._read(folder / "index.jsonl")

    def _read(self, path: Path) -> None:
        # Typed arrays: a million Python numbers would take 100 MB.
        ids, sides, marks = array("q"), array("B"), array("Q")
        for entry in _lines(path):
            ids.append(entry["id"])
            sides.append(SIDES.index(entry["side"]))
            marks.append(_mark(entry["fingerprint"]))
        order = np.argsort(np.frombuffer(ids, dtype=np.int64), kind="stable")
        self._ids = np.frombuffer(ids, dtype=np.int64)[order]
        self._sides = np.frombuffer(sides, dtype=np.uint8)[order]
        self._marks = np.frombuffer(marks, dtype=np.uint64)[order]

    def side_of(self, number: int, fingerprint: str) -> int:
        """Where the question *number* lay when its text was another one; 0 when it was not there, or the same."""
        at = int(np.searchsorted(self._ids, number))
        if at == len(self._ids) or self._ids[at] != number or self._marks[at] == _mark(fingerprint):
            return 0
        return int(self._sides[at])

    def held_out(self, but: Collection[str]) -> Iterator[Item]:
        """Questions that were held out once and are no more in the bank as they were then; not those of *but*."""
        if self._folder is None:
            return
        for name in HELD:
            for line in _lines(self._folder / name):
                if line["fingerprint"] not in but:
                    yield Item(
                        id=0,
                        fingerprint=line["fingerprint"],
                        kind=line["kind"],
                        stem=line["stem"],
                        options=tuple(line["options"]),
                        material=line["material"],
                        answer="",
                        aliases=(),
                        explanation="",
                        category="",
                        source="",
                        why_not=GONE,
                    )


def _mark(fingerprint: str) -> int:
    return int(fingerprint[:16], 16)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
