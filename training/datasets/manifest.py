"""The manifest of a version: what its files hold and how they were made, without names, times or machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from training.datasets.settings import DatasetSettings

NAME = "manifest.json"
FORMAT = 1
_UNKNOWN_LICENCE = "没有说明，公开前请先核实"
_NO_ROUND = "没有轮次（题库或未经本项目训练的模型）"


def build(
    *,
    files: Mapping[str, dict[str, Any]],
    counts: Counter[tuple[str, ...]],
    bank_rows: int,
    corrections: Iterable[int],
    rounds: Mapping[int, str],
    config: DatasetSettings,
) -> dict[str, Any]:
    used = list(corrections)
    questions = {side: _under(counts, "questions", side) for side in ("train", "holdout")}
    sources = sorted({source for side in questions.values() for source in side.get("source", {})})
    settings = config.model_dump(mode="json", exclude={"folder", "licences", "seed"})
    return {
        "format": FORMAT,
        "seed": config.seed,
        "settings": settings,
        "bank": {"rows": bank_rows},
        "files": dict(files),
        "questions": questions,
        "samples": _under(counts, "samples"),
        "weights": _under(counts, "weights"),
        "left_out": _under(counts, "left_out"),
        "corrections": {
            "used": len(used),
            "rounds": dict(Counter(rounds.get(number, _NO_ROUND) for number in used)),
        },
        "licences": {source: config.licences.get(source, _UNKNOWN_LICENCE) for source in sources},
    }


def as_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The file's content: equal for equal manifests."""
    return json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace") + b"\n"


def _under(counts: Counter[tuple[str, ...]], *head: str) -> dict[str, Any]:
    """The counts whose key begins with *head*, as a tree."""
    tree: dict[str, Any] = {}
    for key, count in counts.items():
        if key[: len(head)] != head:
            continue
        branch = tree
        for name in key[len(head) : -1]:
            branch = branch.setdefault(name, {})
        branch[key[-1]] = count
    return tree
