"""The smallest xls files that hold a sheet: BIFF8 records in a compound document."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SECTOR = 512
_FREE, _LAST, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


@dataclass(frozen=True)
class Formula:
    """A cell with a formula whose last result was *result*."""

    result: float


@dataclass(frozen=True)
class Formatted:
    """A number shown in *form*."""

    value: float
    form: str


def xls(sheets: dict[str, Sequence[Sequence[Any]]], *, protected: bool = False) -> bytes:
    """A workbook with these rows; cells are texts, numbers, truth values, :class:`Formula` or :class:`Formatted`."""
    forms = sorted(
        {cell.form for rows in sheets.values() for row in rows for cell in row if isinstance(cell, Formatted)}
    )
    bodies = [_sheet(rows, forms) for rows in sheets.values()]
    before = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    if protected:
        before += _record(0x002F, struct.pack("<H", 1) + bytes(52))
    before += _record(0x0042, struct.pack("<H", 1200))
    before += b"".join(
        _record(0x0031, struct.pack("<HHHHHBBBB", 200, 0, 8, 400, 0, 0, 0, 0, 0) + _short("Arial")) for _ in range(4)
    )
    before += b"".join(_record(0x041E, struct.pack("<H", 200 + at) + _long(form)) for at, form in enumerate(forms))
    before += b"".join(_record(0x00E0, struct.pack("<HHH", 0, form, 0) + bytes(14)) for form in _form_ids(forms))
    at = len(before) + sum(len(_record(0x0085, bytes(6) + _short(name))) for name in sheets) + len(_record(0x000A, b""))
    for name, body in zip(sheets, bodies, strict=True):
        before += _record(0x0085, struct.pack("<IH", at, 0) + _short(name))
        at += len(body)
    return _compound("Workbook", before + _record(0x000A, b"") + b"".join(bodies))


def _form_ids(forms: Sequence[str]) -> list[int]:
    return [0, *(200 + at for at in range(len(forms)))]


def _sheet(rows: Sequence[Sequence[Any]], forms: Sequence[str]) -> bytes:
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            at = struct.pack("<HHH", y, x, 1 + forms.index(cell.form) if isinstance(cell, Formatted) else 0)
            if isinstance(cell, bool):
                body += _record(0x0205, at + bytes([cell, 0]))
            elif isinstance(cell, str):
                body += _record(0x0204, at + _long(cell))
            elif isinstance(cell, Formula):
                body += _record(0x0006, at + struct.pack("<dHIH", cell.result, 0, 0, 3) + b"\x1e\x01\x00")
            elif cell is not None:
                value = cell.value if isinstance(cell, Formatted) else cell
                body += _record(0x0203, at + struct.pack("<d", value))
    return body + _record(0x000A, b"")


def _record(code: int, content: bytes) -> bytes:
    return struct.pack("<HH", code, len(content)) + content


def _short(text: str) -> bytes:
    return bytes([len(text), 1]) + text.encode("utf-16-le")


def _long(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _compound(name: str, content: bytes) -> bytes:
    """A compound document with one stream, long enough to need no short sectors."""
    content = content.ljust(max(4096, -(-len(content) // _SECTOR) * _SECTOR), b"\0")
    count = len(content) // _SECTOR
    assert count + 2 <= _SECTOR // 4
    chain = [*range(1, count), _LAST, _LAST, _FAT]
    table = struct.pack(f"<{_SECTOR // 4}I", *chain, *[_FREE] * (_SECTOR // 4 - len(chain)))
    folder = _entry("Root Entry", 5, _LAST, 0, child=1) + _entry(name, 2, 0, len(content)) + bytes(256)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIIII", 0, 1, count, 0, 4096, _LAST, 0, _LAST, 0, count + 1)
    return header.ljust(_SECTOR, b"\xff") + content + folder + table


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    head = written.ljust(64, b"\0") + struct.pack("<HBB", len(written), kind, 1)
    return head + struct.pack("<III", _FREE, _FREE, child) + bytes(36) + struct.pack("<II", start, size) + bytes(4)
