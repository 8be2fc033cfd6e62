"""The questions as OpenCompass gets them: one file for each set and way of marking."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from inference.prompts import UNSURE
from training.evaluation.items import Item, ItemSet
from training.opencompass.errors import BadSet

T = TypeVar("T")

MARKINGS = ("choice", "judge", "short", "number")
"""How a reply is read, see ``plugins/gongkao_marks.py``."""
_NO_NAME = re.compile(r"[^\w.]+")
_VERDICTS = {"正确": "对", "错误": "错"}


@dataclass(frozen=True, slots=True)
class Part:
    """The questions of one set that are marked alike."""

    name: str
    """In OpenCompass's files: ``holdout-choice``."""
    set: str
    """The set's own name: ``holdout``, ``extra/ceval``."""
    marking: str
    """One of :data:`MARKINGS`."""
    file: Path
    """One JSON object a line: input, gold, accepted, options."""
    count: int


def write_parts(sets: Sequence[ItemSet], folder: Path, *, limit: int = 0) -> list[Part]:
    """The files of *sets* in *folder*; at most *limit* questions of each set, spread over it (0: all).

    Items of the guard set are taken where their rule is a text or a number; rules
    about form are our own scorer's alone.

    Raises:
        BadSet: there is nothing to ask, or two sets would share a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Part] = {}
    for one in sets:
        for marking, rows in _by_marking(one.items, limit).items():
            name = f"{_NO_NAME.sub('-', one.name)}-{marking}"
            if name in parts:
                raise BadSet(f"题集 {parts[name].set} 和 {one.name} 的名字太像，分不开，请改一个。")
            file = folder / f"{name}.jsonl"
            file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
            parts[name] = Part(name, one.name, marking, file, len(rows))
    if not parts:
        raise BadSet("没有 OpenCompass 能评的题：这些题集是空的。")
    return list(parts.values())


def partial(sets: Sequence[ItemSet], parts: Sequence[Part]) -> list[str]:
    """Names of the *sets* of which *parts* have only some questions, so that figures of the whole do not compare."""
    asked = Counter[str]()
    for part in parts:
        asked[part.set] += part.count
    return [one.name for one in sets if asked[one.name] < len(one.items)]


def _by_marking(items: Sequence[Item], limit: int) -> dict[str, list[dict[str, Any]]]:
    marked = [(item, told) for item in items if (told := _marked(item)) is not None]
    found: dict[str, list[dict[str, Any]]] = {marking: [] for marking in MARKINGS}
    for item, (marking, gold, accepted) in _spread(marked, limit):
        row = {"input": item.input, "gold": gold, "accepted": accepted, "options": list(item.options)}
        found[marking].append(row)
    return {marking: rows for marking, rows in found.items() if rows}


def _marked(item: Item) -> tuple[str, str, list[str]] | None:
    """Marking, key and accepted texts; ``None`` for what only our own scorer can judge."""
    match item.kind:
        case "single" | "multiple":
            return "choice", item.answer, list(item.accepted)
        case "judge":
            return "judge", _VERDICTS[item.answer], list(item.accepted)
        case "decline":
            return "short", UNSURE, [UNSURE]
        case "guard":
            return _guarded(item)
        case _:
            accepted = list(item.accepted) or [item.answer]
            return "short", accepted[0], accepted


def _guarded(item: Item) -> tuple[str, str, list[str]] | None:
    check = item.check
    if check["type"] == "one_of" and "none" not in check:
        accepted = [str(text) for text in check["any"]]
        return "short", accepted[0], accepted
    if check["type"] == "number" and "tolerance" not in check:
        return "number", str(check["value"]), []
    return None


def _spread(items: Sequence[T], limit: int) -> Sequence[T]:
    if not 0 < limit < len(items):
        return items
    return [items[at * len(items) // limit] for at in range(limit)]
