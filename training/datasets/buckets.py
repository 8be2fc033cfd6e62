"""Lines in an order that does not depend on who wrote them first: sorted by key, more than memory holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BufferedWriter
from pathlib import Path

KEY = 16
"""Bytes of a key; its first six bits say the bucket."""
BUCKETS = 64
_SIZE = 4


def pack(records: Iterable[tuple[bytes, bytes]]) -> dict[int, bytes]:
    """Records (key, payload) as pieces of bucket files."""
    parts: dict[int, list[bytes]] = {}
    for key, payload in records:
        parts.setdefault(key[0] >> 2, []).append(key + len(payload).to_bytes(_SIZE) + payload)
    return {bucket: b"".join(pieces) for bucket, pieces in parts.items()}


def payloads(path: Path) -> list[bytes]:
    """What one bucket file holds, sorted by key and, for equal keys, by itself."""
    data = path.read_bytes()
    records: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(data):
        start = at + KEY + _SIZE
        end = start + int.from_bytes(data[at + KEY : start])
        records.append((data[at : at + KEY], data[start:end]))
        at = end
    records.sort()
    return [payload for _, payload in records]


class Buckets:
    """The bucket files of one output file; those that got nothing do not exist."""

    def __init__(self, folder: Path, name: str) -> None:
        self._paths = [folder / f"{name}.{number:02}" for number in range(BUCKETS)]
        self._files: dict[int, BufferedWriter] = {}

    def add(self, parts: dict[int, bytes]) -> None:
        for number, data in parts.items():
            if number not in self._files:
                self._files[number] = self._paths[number].open("wb")
            self._files[number].write(data)

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def paths(self) -> Iterator[Path]:
        """The written ones, in the order of keys."""
        self.close()
        yield from (self._paths[number] for number in sorted(self._files))
