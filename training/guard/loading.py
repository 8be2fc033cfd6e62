"""The items of the general-ability set, read from a version's file and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from training.guard.shapes import is_check
from training.shipped_sets import read_set

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
    return read_set(FOLDER / f"{version}.jsonl", "通用能力题", _FIELDS, _item, broken=BrokenGuardSet)


def _item(where: str, fields: dict[str, Any]) -> GuardItem:
    if not all(isinstance(fields[name], str) and fields[name].strip() for name in _TEXTS):
        raise BrokenGuardSet(f"{where}的 id、input 或 output 是空的，或者不是文字。")
    if fields["side"] not in SIDES or fields["area"] not in AREAS:
        raise BrokenGuardSet(f"{where}的 side 或 area 不对。")
    if not is_check(fields["check"]):
        raise BrokenGuardSet(f"{where}的 check 不对。")
    return GuardItem(**fields)
