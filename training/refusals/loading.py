"""Reading a version of the set."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from inference.prompts import UNSURE

FOLDER = Path(__file__).parent
SIDES = ("gate", "replay")
KINDS = ("invented", "future", "private", "premise")
_FIELDS = {"id", "side", "kind", "input"}


class BrokenRefusalSet(Exception):
    """The file is not what it should be; the message is Chinese and names the line."""


@dataclass(frozen=True, slots=True)
class Refusal:
    id: str
    side: str
    kind: str
    input: str
    output: str = UNSURE
    """What the system prompt tells a model to say when it does not know."""


@cache
def load(version: str = "v1") -> tuple[Refusal, ...]:
    """All questions of *version*, in the file's order.

    Raises:
        BrokenRefusalSet: no such version, or a line that is none.
    """
    path = FOLDER / f"{version}.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BrokenRefusalSet(f"没有 {version} 这一版「没有把握」题。") from error
    found = [_read(number, line) for number, line in enumerate(lines, 1)]
    if len({one.id for one in found}) != len(found):
        raise BrokenRefusalSet(f"{path.name} 里有重复的编号。")
    return tuple(found)


def _read(number: int, line: str) -> Refusal:
    try:
        values: Any = json.loads(line)
        whole = set(values) == _FIELDS and all(isinstance(value, str) and value for value in values.values())
    except (ValueError, TypeError, AttributeError):
        whole, values = False, {}
    if not whole:
        raise BrokenRefusalSet(f"「没有把握」题第 {number} 行读不懂。")
    if values["side"] not in SIDES or values["kind"] not in KINDS:
        raise BrokenRefusalSet(f"「没有把握」题第 {number} 行的 side 或 kind 不对。")
    return Refusal(**values)
