"""Millions of short texts in a file, found by number."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from training.datasets.minhash import I64

_CHUNK = 50_000


class Texts:
    """Texts numbered from 0 in the order of adding; reading begins when adding has ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._sizes: list[np.ndarray[tuple[int], np.dtype[np.uint32]]] = []
        self._starts: I64 = np.zeros(1, dtype=np.int64)
        self._map: mmap.mmap | None = None

    def add(self, encoded: bytes, sizes: Sequence[int]) -> None:
        """Texts as one piece of UTF-8 and the bytes of each."""
        self._file.write(encoded)
        self._sizes.append(np.array(sizes, dtype=np.uint32))

    def seal(self) -> None:
        """Nothing more is added."""
        self._file.close()
        sizes = np.concatenate(self._sizes) if self._sizes else np.zeros(0, dtype=np.uint32)
        self._sizes = []
        self._starts = np.zeros(len(sizes) + 1, dtype=np.int64)
        np.cumsum(sizes, out=self._starts[1:])
        if self._starts[-1]:
            with self._path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self) -> None:
        self._file.close()
        if self._map is not None:
            self._map.close()
            self._map = None

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> str:
        start, end = int(self._starts[number]), int(self._starts[number + 1])
        return "" if self._map is None else self._map[start:end].decode()

    @property
    def sizes(self) -> I64:
        """Bytes of each."""
        return np.diff(self._starts)

    def chunks(self, numbers: I64) -> Iterator[list[str]]:
        """The texts of those *numbers*, some at a time."""
        for start in range(0, len(numbers), _CHUNK):
            yield [self[number] for number in numbers[start : start + _CHUNK].tolist()]
