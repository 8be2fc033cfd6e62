"""What was read from a file as plain data, for the way from one process to another."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from bot.services.importing.keyed_row import KeyedRow, Read
from bot.services.importing.rows import Aside, Layout, Rejected, Row

_KINDS: dict[str, type[Row | Rejected | Aside | Layout]] = {
    "row": Row,
    "rejected": Rejected,
    "aside": Aside,
    "layout": Layout,
}
_NAMES = {one: (kind, [field.name for field in fields(one)]) for kind, one in _KINDS.items()}
# The other process has read a stranger's file: what it sends is looked at like one.
_ADAPTERS: dict[str, TypeAdapter[Any]] = {kind: TypeAdapter(one) for kind, one in _KINDS.items()}
_HASHES: TypeAdapter[tuple[str, int]] = TypeAdapter(tuple[str, int])


def packed(item: Read) -> list[object]:
    """*item* as JSON can hold it: its kind, its hashes if it is a row, then its fields in their order."""
    if isinstance(item, KeyedRow):
        return ["row", [item.fingerprint, item.stem_hash], *_values(item.row)]
    return [_NAMES[type(item)][0], [], *_values(item)]


def unpacked(value: list[Any]) -> Read:
    """The item that :func:`packed` gave as *value*.

    Raises:
        KeyError, TypeError, ValueError: it did not.
    """
    kind, hashes, *values = value
    _, names = _NAMES[_KINDS[kind]]
    item = _ADAPTERS[kind].validate_python(dict(zip(names, values, strict=True)))
    return KeyedRow(item, *_HASHES.validate_python(hashes)) if isinstance(item, Row) else item


def _values(item: Row | Rejected | Aside | Layout) -> list[object]:
    values = (getattr(item, name) for name in _NAMES[type(item)][1])
    return [value.isoformat() if isinstance(value, date) else value for value in values]
