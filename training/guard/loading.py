"""Reading a version of the set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
AREAS = ("language", "arithmetic", "instructions", "safety")
SIDES = ("gate", "replay")
_FIELDS = {"id", "area", "side", "input", "output", "check"}


class BrokenGuardSet(Exception):
    """The file is not what it should be; the message is Chinese and names the line."""


@dataclass(frozen=True, slots=True)
class GuardItem:
    id: str
    area: str
    side: str
    input: str
    output: str
    """A reply that passes."""
    check: Mapping[str, Any]
    """What a reply must be like, see :mod:`training.guard.checks`."""


@cache
def load(version: str = "v1") -> tuple[GuardItem, ...]:
    """All items of *version*, in the file's order.

    Raises:
        BrokenGuardSet: no such version, or a line that is none.
    """
    path = FOLDER / f"{version}.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BrokenGuardSet(f"没有 {version} 这一版通用能力题。") from error
    found = [_read(number, line) for number, line in enumerate(lines, 1)]
    if len({one.id for one in found}) != len(found):
        raise BrokenGuardSet(f"{path.name} 里有重复的编号。")
    return tuple(found)


def _read(number: int, line: str) -> GuardItem:
    try:
        values: Any = json.loads(line)
        whole = set(values) == _FIELDS and "type" in values["check"]
    except (ValueError, TypeError, AttributeError):
        whole, values = False, {}
    if not whole:
        raise BrokenGuardSet(f"通用能力题第 {number} 行读不懂。")
    if values["side"] not in SIDES or values["area"] not in AREAS:
        raise BrokenGuardSet(f"通用能力题第 {number} 行的 side 或 area 不对。")
    return GuardItem(**values)
