"""The sets of an evaluation, from a version's folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from training.evaluation.errors import BadSet
from training.evaluation.extra import read_extra
from training.evaluation.items import Item, ItemSet
from training.evaluation.near import near_misses, taught_plainly
from training.progress import Report, silent

TITLES = {
    "corrected": "纠错过的题",
    "holdout": "留出的题",
    "near": "容易混的题",
    "guard": "通用能力",
    "refusals": "该说没有把握的题",
}
"""The sets of a version, the most important first."""


def read_sets(
    folder: Path, extras: Sequence[Path] = (), *, nearest: int = 500, report: Report = silent
) -> list[ItemSet]:
    """Every set that the version in *folder* has, and one for each folder of *extras*; empty ones are left out.

    *nearest* is how many near misses there are at most. The same files give the same items in the same order.

    Raises:
        BadSet: a file is missing or cannot be read, or there is nothing to ask at all.
    """
    held_out = tuple(_read(folder / "holdout.jsonl", _scored))
    try:
        near = near_misses(held_out, taught_plainly(folder), nearest, report)
    except (OSError, ValueError, KeyError) as error:
        raise BadSet(f"{folder} 里的 train.jsonl 和 styles.txt 读不了，请重造这一版数据集。") from error
    items = {
        "corrected": _numbered(_read(folder / "gate.jsonl", _scored)),
        "holdout": held_out,
        "near": near.items,
        "guard": tuple(_read(folder / "guard.jsonl", _guard)),
        "refusals": tuple(_read(folder / "refusals.jsonl", _refusal)),
    }
    notes = {"near": f"找到 {near.pairs} 对"}
    found = [ItemSet(name, title, items[name], notes.get(name, "")) for name, title in TITLES.items() if items[name]]
    found += read_extra_sets(extras)
    if not found:
        raise BadSet(f"{folder} 里没有可以考的题。")
    return found


def read_extra_sets(folders: Sequence[Path]) -> list[ItemSet]:
    """A set for each of *folders*.

    Raises:
        BadSet: a folder without questions, or two of one name.
    """
    found = [read_extra(folder) for folder in folders]
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadSet(f"有两个同名的题集文件夹：{'、'.join(twice)}，请改一个名字。")
    return found


def _read(path: Path, read: Callable[[dict[str, Any]], Item]) -> Iterator[Item]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield read(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise BadSet(f"{path} 第 {number} 行读不懂，请重造这一版数据集。") from error
    except OSError as error:
        raise BadSet(
            f"{path} 打不开：{error.strerror}。要的是一版数据集的文件夹，例如 data/datasets/v0001。"
        ) from error
    except UnicodeDecodeError as error:
        raise BadSet(f"{path} 不是 UTF-8 文本，请重造这一版数据集。") from error


def _scored(line: dict[str, Any]) -> Item:
    """A line of holdout.jsonl or gate.jsonl, see ``training.datasets.questions.scored``."""
    kind = str(line["kind"])
    if kind not in ("short", "single", "multiple", "judge", "unanswerable"):
        raise ValueError(kind)
    return Item(
        id=str(line["fingerprint"]),
        kind="decline" if kind == "unanswerable" else kind,
        category=str(line.get("category", "")),
        input=str(line["input"]),
        answer=str(line["answer"]),
        options=tuple(map(str, line["options"])),
        accepted=tuple(map(str, line["accepted"])),
    )


def _guard(line: dict[str, Any]) -> Item:
    return Item(
        id=str(line["id"]),
        kind="guard",
        category=str(line["area"]),
        input=str(line["input"]),
        accepted=(str(line["output"]),),
        check=dict(line["check"]),
    )


def _refusal(line: dict[str, Any]) -> Item:
    return Item(
        id=str(line["id"]),
        kind="decline",
        category=str(line["kind"]),
        input=str(line["input"]),
        accepted=(str(line["output"]),),
    )


def _numbered(items: Iterable[Item]) -> tuple[Item, ...]:
    """One case a question: reviewers may have approved several corrections of it, and the newest one holds."""
    return tuple({item.id: item for item in items}.values())
