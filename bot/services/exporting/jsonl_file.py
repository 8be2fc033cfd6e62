"""Questions as jsonl: the format of the starter bank, which can be imported again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from store.bank_reading import Entry


class JsonlWriter:
    """One question a line, written as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, entries: Sequence[Entry]) -> None:
        with self._path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.writelines(json.dumps(as_item(entry), ensure_ascii=False) + "\n" for entry in entries)

    def close(self) -> None:
        """Nothing is left to do."""

    def abandon(self) -> None:
        """Nothing is left to do."""


def as_item(entry: Entry) -> dict[str, Any]:
    """The keys of ``bot.services.importing.bank_item``; ``material`` only where there is one."""
    item: dict[str, Any] = {
        "kind": entry.kind,
        "stem": entry.stem,
        "options": list(entry.options),
        "answer": entry.answer,
        "aliases": list(entry.aliases),
        "also_asked": list(entry.also_asked),
        "explanation": entry.explanation,
        "category": entry.category,
        "difficulty": entry.difficulty,
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else None,
    }
    if entry.material:
        item["material"] = entry.material
    return item
