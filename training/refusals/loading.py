"""The questions of the refusal set, read from a version's file and checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from inference.prompts import UNSURE
from training.shipped_sets import read_set

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
    return read_set(FOLDER / f"{version}.jsonl", "「没有把握」题", _FIELDS, _item, broken=BrokenRefusalSet)


def _item(where: str, fields: dict[str, Any]) -> Refusal:
    if not all(isinstance(value, str) and value for value in fields.values()):
        raise BrokenRefusalSet(f"{where}读不懂。")
    if fields["side"] not in SIDES or fields["kind"] not in KINDS:
        raise BrokenRefusalSet(f"{where}的 side 或 kind 不对。")
    return Refusal(**fields)
