"""Which questions are near duplicates of each other, among all that a training set knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from training.datasets.minhash import I64, U32, Commonness, MinHash, alike
from training.datasets.texts import Texts
from training.progress import Report

ALIKE = 82
"""Texts of this similarity (percent, insertions and deletions) are wordings of one question."""
SAME_OPTIONS = 60
"""With the same options less of the stem has to agree."""
_BANDS = 32
_WINDOW = 24
_SEED = 20
_PAIRS = 100_000
_LENGTHS = ALIKE / (200 - ALIKE)
"""Shorter against longer of two texts that can be alike."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What is to be compared: entries (questions) and their texts."""

    bodies: Texts
    body_of: I64
    """Entry of each body."""
    tells: NDArray[np.bool_]
    """Of each body: whether it says what is asked without the options."""
    wholes: Texts
    whole_of: I64
    """Entry of each text of stem and options together."""
    option_keys: U32
    """Of each entry; 0 without options."""


def neighbours(columns: Columns, report: Report) -> tuple[I64, I64]:
    """Pairs of entries that are near duplicates, as two columns; a pair may come more than once."""
    found = [
        *_alike(columns.bodies, columns.body_of, np.flatnonzero(columns.tells), report, "找相近的题干"),
        *_alike(columns.wholes, columns.whole_of, np.arange(len(columns.wholes)), report, "找相近的整题"),
        *_same_options(columns, report),
    ]
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([left for left, _ in found]), np.concatenate([right for _, right in found])


def _alike(texts: Texts, owner: I64, rows: I64, report: Report, stage: str) -> Iterator[tuple[I64, I64]]:
    if len(rows) < 2:
        return
    commonness = Commonness()
    for chunk in texts.chunks(rows):
        commonness.learn(chunk)
    hashing = MinHash(_BANDS, _SEED, commonness)
    keys = np.empty((_BANDS, len(rows)), dtype=np.uint32)
    _fill(keys, texts, rows, hashing, report, stage)
    sizes = texts.sizes[rows]
    for band, (left, right) in enumerate(alike(keys, _WINDOW)):
        shorter, longer = np.minimum(sizes[left], sizes[right]), np.maximum(sizes[left], sizes[right])
        # Bytes stand for characters here; the margin is for those of one byte beside those of three.
        maybe = (owner[rows[left]] != owner[rows[right]]) & (shorter * 3 >= longer * _LENGTHS)
        yield _verified(texts, owner, rows[left[maybe]], rows[right[maybe]], ALIKE)
        report(stage, len(rows) + band, len(rows) + _BANDS)


def _same_options(columns: Columns, report: Report) -> Iterator[tuple[I64, I64]]:
    stage = "找选项相同的题"
    rows = np.flatnonzero(columns.option_keys[columns.body_of])
    if len(rows) < 2:
        return
    commonness = Commonness()
    for chunk in columns.bodies.chunks(rows):
        commonness.learn(chunk)
    # One smallest pair a key: within one set of options even stems that share little are compared.
    hashing = MinHash(_BANDS // 2, _SEED + 1, commonness, rows=1)
    keys = np.empty((_BANDS // 2, len(rows)), dtype=np.uint32)
    _fill(keys, columns.bodies, rows, hashing, report, stage)
    keys ^= columns.option_keys[columns.body_of[rows]] * np.uint32(0x9E3779B1)
    for left, right in alike(keys, _WINDOW):
        ours, theirs = columns.body_of[rows[left]], columns.body_of[rows[right]]
        maybe = (ours != theirs) & (columns.option_keys[ours] == columns.option_keys[theirs])
        yield _verified(columns.bodies, columns.body_of, rows[left[maybe]], rows[right[maybe]], SAME_OPTIONS)


def _fill(keys: U32, texts: Texts, rows: I64, hashing: MinHash, report: Report, stage: str) -> None:
    done = 0
    for chunk in texts.chunks(rows):
        keys[:, done : done + len(chunk)] = hashing.keys(chunk)
        done += len(chunk)
        report(stage, done, len(rows) + _BANDS)


def _verified(texts: Texts, owner: I64, left: I64, right: I64, least: float) -> tuple[I64, I64]:
    hits = [np.zeros(0, dtype=bool)]
    for start in range(0, len(left), _PAIRS):
        ours = [texts[number] for number in left[start : start + _PAIRS].tolist()]
        theirs = [texts[number] for number in right[start : start + _PAIRS].tolist()]
        hits.append(process.cpdist(ours, theirs, scorer=fuzz.ratio, score_cutoff=least) > 0)
    agreed = np.concatenate(hits)
    return owner[left[agreed]], owner[right[agreed]]
