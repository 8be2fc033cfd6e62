"""What members send to Telegram besides words, and how a bot fetches it (core.telegram.org/bots/api, getFile)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

_MOST = 20 << 20


class TelegramFiles:
    def __init__(self) -> None:
        self.fetched: list[str] = []
        """Paths that were downloaded, in order."""
        self.expired: set[str] = set()
        self._kept: dict[str, bytes] = {}
        """By path, which is the file's id too."""

    def document(self, name: str, data: bytes, kind: str = "") -> dict[str, Any]:
        """The part of a message with the file *name* of the media type *kind*."""
        told = self._keep(f"documents/file_{len(self._kept)}{PurePath(name).suffix}", data)
        return {"document": {**told, "file_name": name, **({"mime_type": kind} if kind else {})}}

    def photo(self, *sizes: bytes) -> dict[str, Any]:
        """The part of a message with a photo in several *sizes*, each wider than the one before."""
        shown: list[dict[str, Any]] = []
        for number, data in enumerate(sizes, 1):
            told = self._keep(f"photos/file_{len(self._kept)}.jpg", data)
            shown.append({**told, "width": 300 * number, "height": 400 * number})
        return {"photo": shown}

    def find(self, path: str) -> dict[str, Any] | None:
        """Bot API's File; ``None`` when it is too big for bots."""
        size = len(self._kept[path])
        return None if size > _MOST else {**_names(path), "file_size": size, "file_path": path}

    def fetch(self, path: str) -> bytes | None:
        """The content; ``None`` when its link has expired."""
        self.fetched.append(path)
        return None if path in self.expired else self._kept[path]

    def _keep(self, path: str, data: bytes) -> dict[str, Any]:
        self._kept[path] = data
        return {**_names(path), "file_size": len(data)}


def _names(path: str) -> dict[str, Any]:
    return {"file_id": path, "file_unique_id": path}
