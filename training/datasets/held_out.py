"""What a version holds out, read from its files and laid out for finding whether a text resembles any of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from store.wording import option_form
from training.datasets.forms import normal_forms, telling
from training.datasets.minhash import I64, U32, Commonness, MinHash

HELD = ("holdout.jsonl", "former.jsonl")
REFUSED = ("refusals.jsonl", "guard.jsonl")
"""Held out too, but short sentences of a pattern: only the same words are a leak there."""
_TELLING = 12
_BANDS = 24
_FEWEST_HITS = 2
"""Texts that agree to three quarters agree in ten bands of 24, and in fewer than two once in 25,000 pairs."""
_SEED = 77
_OPTION = re.compile(r"[A-H]\. ")


class Question(NamedTuple):
    """What a model is asked, taken apart."""

    body: str
    """Normal form of all before the options."""
    options: tuple[str, ...]
    """Normal forms, sorted."""

    @property
    def whole(self) -> str:
        return self.body + "".join(self.options)


def read_question(text: str) -> Question:
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines) if line.startswith("A. ")), len(lines))
    options: list[str] = []
    for line in lines[at:]:
        # An option may run over several lines.
        if _OPTION.match(line):
            options.append(line[3:])
        else:
            options[-1] += "\n" + line
    body, *forms = normal_forms(["\n".join(lines[:at]), *options])
    shown = (form or option_form(option) for form, option in zip(forms, options, strict=True))
    return Question(body, tuple(sorted(shown)))


@dataclass(slots=True)
class Table:
    """Keys of held-out texts, sorted band by band."""

    numbers: list[int]
    texts: list[str]
    hashing: MinHash
    keys: U32
    owners: U32

    @classmethod
    def of(cls, numbers: list[int], texts: list[str]) -> Table | None:
        if not texts:
            return None
        commonness = Commonness()
        commonness.learn(texts)
        hashing = MinHash(_BANDS, _SEED, commonness)
        keys = hashing.keys(texts)
        owners = np.argsort(keys, axis=1, kind="stable").astype(np.uint32)
        return cls(numbers, texts, hashing, np.take_along_axis(keys, owners.astype(np.int64), axis=1), owners)

    def candidates(self, texts: list[str]) -> tuple[I64, I64]:
        """Pairs (number in *texts*, number of the held-out text) that agree in some bands."""
        keys = self.hashing.keys(texts)
        size = len(self.owners[0])
        codes: list[I64] = []
        for band in range(_BANDS):
            ours: U32 = self.keys[band]
            theirs: U32 = keys[band]
            starts = np.searchsorted(ours, theirs, side="left")
            counts = np.searchsorted(ours, theirs, side="right") - starts
            numbers = np.repeat(np.arange(len(texts)), counts)
            # Places within each run of equal keys: a count that starts anew with every text.
            within = np.arange(len(numbers)) - np.repeat(np.cumsum(counts) - counts, counts)
            owners = self.owners[band][np.repeat(starts, counts) + within]
            codes.append(numbers * size + owners)
        found, hits = np.unique(np.concatenate(codes), return_counts=True)
        found = found[hits >= _FEWEST_HITS]
        return found // size, found % size


@dataclass(slots=True)
class HeldOut:
    """All that is held out."""

    inputs: list[str] = field(default_factory=list[str])
    fingerprints: list[str] = field(default_factory=list[str])
    questions: list[Question] = field(default_factory=list[Question])
    exact: dict[bytes, int] = field(default_factory=dict[bytes, int])
    by_options: dict[tuple[str, ...], list[int]] = field(default_factory=dict[tuple[str, ...], list[int]])
    bodies: Table | None = None
    wholes: Table | None = None


def mark_of(question: Question) -> bytes:
    text = "\x1f".join((question.body, *question.options))
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()


@lru_cache(maxsize=1)
def held_out(folder: Path, _sums: str) -> HeldOut:
    """Once a process: every worker needs it for all its tasks."""
    held = HeldOut()
    numbers: list[int] = []
    for name in (*HELD, *REFUSED):
        for values in _lines(folder / name):
            number = len(held.inputs)
            question = read_question(values["input"])
            held.inputs.append(values["input"])
            held.fingerprints.append(values.get("fingerprint", ""))
            held.questions.append(question)
            held.exact.setdefault(mark_of(question), number)
            if name in HELD:
                numbers.append(number)
                if question.options:
                    held.by_options.setdefault(question.options, []).append(number)
    questions = held.questions
    bodies = [number for number in numbers if not questions[number].options or tells(questions[number])]
    wholes = [number for number in numbers if questions[number].options]
    held.bodies = Table.of(bodies, [questions[number].body for number in bodies])
    held.wholes = Table.of(wholes, [questions[number].whole for number in wholes])
    return held


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def tells(question: Question) -> bool:
    return telling(question.body) >= _TELLING
