"""Reading a version of the set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from training.guard.shapes import is_check

FOLDER = Path(__file__).parent
AREAS = ("language", "arithmetic", "instructions", "safety")
SIDES = ("gate", "replay")
_TEXTS = ("id", "input", "output")
_FIELDS = {"area", "side", "check", *_TEXTS}


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
    except FileNotFoundError as error:
        raise BrokenGuardSet(f"没有 {version} 这一版通用能力题。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenGuardSet(f"{path.name} 读不出来。") from error
    found = [_read(number, line) for number, line in enumerate(lines, 1)]
    if len({one.id for one in found}) != len(found):
        raise BrokenGuardSet(f"{path.name} 里有重复的编号。")
    return tuple(found)


def _read(number: int, line: str) -> GuardItem:
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or set(cast("dict[str, Any]", values)) != _FIELDS:
        raise BrokenGuardSet(f"通用能力题第 {number} 行读不懂。")
    fields = cast("dict[str, Any]", values)
    if not all(isinstance(fields[name], str) and fields[name].strip() for name in _TEXTS):
        raise BrokenGuardSet(f"通用能力题第 {number} 行的 id、input 或 output 是空的，或者不是文字。")
    if fields["side"] not in SIDES or fields["area"] not in AREAS:
        raise BrokenGuardSet(f"通用能力题第 {number} 行的 side 或 area 不对。")
    if not is_check(fields["check"]):
        raise BrokenGuardSet(f"通用能力题第 {number} 行的 check 不对。")
    return GuardItem(**fields)
