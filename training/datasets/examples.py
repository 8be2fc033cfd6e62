"""Random conversations of a version, for people to look at."""

from __future__ import annotations

import json
import random
from pathlib import Path

from inference.prompts import Turn


def examples(folder: Path, count: int, style: str | None, seed: int) -> list[tuple[str, Turn]]:
    """Up to *count* conversations of the version in *folder*, each with its style; only of *style* where one is given.

    The same ones for the same seed.
    """
    names = (folder / "styles.txt").read_text(encoding="utf-8").split()
    numbers = [number for number, name in enumerate(names) if style is None or name == style]
    drawn = random.Random(seed).sample(numbers, min(count, len(numbers)))  # noqa: S311 - nothing secret is drawn
    chosen = set(drawn)
    found: list[tuple[str, Turn]] = []
    with (folder / "train.jsonl").open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            if len(found) == len(chosen):
                break
            if number in chosen:
                found.append((names[number], json.loads(line)["conversation"][0]))
    return found
