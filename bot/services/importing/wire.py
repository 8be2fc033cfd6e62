"""What was read from a file as plain data, for the way from one process to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bot.services.importing.keyed_row import KeyedRow, Read
from bot.services.importing.rows import Aside, Layout, Rejected, Row


def packed(item: Read) -> list[object]:
    """*item* as JSON can hold it: its kind, then its fields in their order."""
    match item:
        case KeyedRow(row):
            return ["row", item.fingerprint, item.stem_hash, *_values(row)]
        case Rejected():
            return ["rejected", item.number, item.reason, item.excerpt, item.sheet]
        case Aside():
            return ["aside", item.number, item.excerpt, item.sheet]
        case Layout():
            return ["layout", item.text, item.guessed, item.sheet]


def unpacked(value: list[Any]) -> Read:
    """The item that :func:`packed` gave as *value*.

    Raises:
        KeyError, TypeError, ValueError: it did not.
    """
    kind, *fields = value
    return _KINDS[kind](*fields)


def _values(row: Row) -> list[object]:
    return [
        row.number,
        row.kind,
        row.stem,
        row.options,
        row.answer,
        row.aliases,
        row.also_asked,
        row.explanation,
        row.category,
        row.difficulty,
        row.valid_until and row.valid_until.isoformat(),
        row.material,
        row.sheet,
    ]


def _keyed_row(fingerprint: str, stem_hash: int, *values: Any) -> KeyedRow:
    number, kind, stem, options, answer, aliases, also_asked, explanation, category, *rest = values
    difficulty, valid_until, material, sheet = rest
    row = Row(
        number,
        kind,
        stem,
        tuple(options),
        answer,
        tuple(aliases),
        tuple(also_asked),
        explanation,
        category,
        difficulty,
        valid_until and date.fromisoformat(valid_until),
        material,
        sheet,
    )
    return KeyedRow(row, fingerprint, stem_hash)


_KINDS: Mapping[str, Callable[..., Read]] = {
    "row": _keyed_row,
    "rejected": Rejected,
    "aside": Aside,
    "layout": Layout,
}
