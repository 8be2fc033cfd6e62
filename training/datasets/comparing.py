"""What changed from one version to another."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from training.datasets.versions import Version

_SHOWN = 10


@dataclass(slots=True)
class Changes:
    """Counts of questions, samples and corrections; *examples* are fingerprints."""

    questions: Counter[str] = field(default_factory=Counter[str])
    """added, removed, answer (another one) and side (moved: never but for a question left out)."""
    by_source: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """By change and source."""
    by_category: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    samples: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """By style: lines before and after."""
    corrections: tuple[int, int] = (0, 0)
    examples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": dict(self.questions),
            "by_source": _nested(self.by_source),
            "by_category": _nested(self.by_category),
            "samples": {style: list(pair) for style, pair in self.samples.items()},
            "corrections": list(self.corrections),
            "examples": self.examples,
        }

    def add(self, change: str, entry: dict[str, Any]) -> None:
        self.questions[change] += 1
        self.by_source[change, entry["source"] or "未注明"] += 1
        self.by_category[change, entry["category"] or "未分类"] += 1
        examples = self.examples.setdefault(change, [])
        if len(examples) < _SHOWN:
            examples.append(entry["fingerprint"])


def compare(before: Version, after: Version) -> Changes:
    """From *before* to *after*; their index files are in the order of fingerprints, so they are read side by side."""
    changes = Changes()
    with (
        (before.folder / "index.jsonl").open(encoding="utf-8") as old_file,
        (after.folder / "index.jsonl").open(encoding="utf-8") as new_file,
    ):
        old, new = _next(old_file), _next(new_file)
        while old is not None or new is not None:
            if new is None or (old is not None and old["fingerprint"] < new["fingerprint"]):
                assert old is not None
                changes.add("removed", old)
                old = _next(old_file)
            elif old is None or new["fingerprint"] < old["fingerprint"]:
                changes.add("added", new)
                new = _next(new_file)
            else:
                if old["side"] != new["side"]:
                    changes.add("side", new)
                if old["answer"] != new["answer"]:
                    changes.add("answer", new)
                old, new = _next(old_file), _next(new_file)
    styles_before = before.manifest["samples"]["style"]
    styles_after = after.manifest["samples"]["style"]
    for style in sorted({*styles_before, *styles_after}):
        changes.samples[style] = (styles_before.get(style, 0), styles_after.get(style, 0))
    changes.corrections = (before.manifest["corrections"]["used"], after.manifest["corrections"]["used"])
    return changes


def _next(file: Any) -> dict[str, Any] | None:
    """The next question that was used: what is left out counts as not there."""
    for line in file:
        entry: dict[str, Any] = json.loads(line)
        if "why_not" not in entry:
            return entry
    return None


def _nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    tree: dict[str, dict[str, int]] = {}
    for (change, name), count in sorted(counts.items()):
        tree.setdefault(change, {})[name] = count
    return tree
