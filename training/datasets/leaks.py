"""Whether a built version trains on what it holds out: read from its files alone.

It shares nothing with the splitting but the hashing: texts are taken from what
a model would read, and compared by their plain normal form.

exact: a training input says the same as a held-out one. near: their texts agree
to :data:`NEAR` percent. options: the same options in any order under a stem
that agrees to :data:`SAME_OPTIONS` percent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from training.datasets.folders import digest
from training.datasets.held_out import HELD, REFUSED, HeldOut, Question, Table, held_out, mark_of, read_question, tells
from training.datasets.workers import Workers
from training.progress import Report, silent

NEAR = 93
SAME_OPTIONS = 85
_BLOCK = 8 << 20
_PAIRS = 100_000
_SHOWN = 40


class Leak(NamedTuple):
    """Something that is held out and trained on all the same."""

    fingerprint: str
    """Of the held-out question; empty for what is no question of the bank."""
    kind: str
    trained: str
    held: str

    def __str__(self) -> str:
        return f"{self.kind}：训练「{_short(self.trained)}」 留出「{_short(self.held)}」"


class Block(NamedTuple):
    """A part of a version's train.jsonl."""

    folder: Path
    held: str
    """Tells which held-out files are meant: a folder may be written anew."""
    start: int
    size: int


def check_block(block: Block) -> list[Leak]:
    """Leaks among the lines that begin in the block."""
    held = held_out(block.folder, block.held)
    texts: dict[str, int] = {}
    for number, text in _inputs(block):
        texts.setdefault(text, number)
    asked = [(text, where, read_question(text)) for text, where in texts.items()]
    found = dict(_exact_and_options(asked, held))
    for number, hit in _near(asked, held):
        found.setdefault(number, hit)
    return [
        Leak(held.fingerprints[owner], kind, asked[number][0], held.inputs[owner])
        for number, (kind, owner) in sorted(found.items())
    ]


def _inputs(block: Block) -> Iterator[tuple[int, str]]:
    with (block.folder / "train.jsonl").open("rb") as file:
        if block.start:
            # A line belongs to the block that its first byte is in.
            file.seek(block.start - 1)
            file.readline()
        while (at := file.tell()) < block.start + block.size:
            line = file.readline()
            if not line:
                return
            for turn in json.loads(line)["conversation"]:
                yield at, turn["input"]


_Asked = list[tuple[str, int, Question]]
_Hit = tuple[int, tuple[str, int]]


def _exact_and_options(asked: _Asked, held: HeldOut) -> Iterator[_Hit]:
    for number, (_, _, question) in enumerate(asked):
        if (owner := held.exact.get(mark_of(question))) is not None:
            yield number, ("一模一样", owner)
            continue
        for owner in held.by_options.get(question.options, ()) if question.options else ():
            if fuzz.ratio(question.body, held.questions[owner].body, score_cutoff=SAME_OPTIONS):
                yield number, ("选项相同、题干相近", owner)
                break


def _near(asked: _Asked, held: HeldOut) -> Iterator[_Hit]:
    bodies = [at for at, (_, _, question) in enumerate(asked) if not question.options or tells(question)]
    wholes = [at for at, (_, _, question) in enumerate(asked) if question.options]
    for number, owner in _agreeing(bodies, [asked[at][2].body for at in bodies], held.bodies):
        yield number, ("题干几乎一样", owner)
    for number, owner in _agreeing(wholes, [asked[at][2].whole for at in wholes], held.wholes):
        yield number, ("整题几乎一样", owner)


def _agreeing(numbers: list[int], texts: list[str], table: Table | None) -> Iterator[tuple[int, int]]:
    """Of the questions *numbers* with those *texts*: question and held-out question that it nearly equals."""
    if table is None or not texts:
        return
    mine, theirs = table.candidates(texts)
    for start in range(0, len(mine), _PAIRS):
        ours: list[int] = mine[start : start + _PAIRS].tolist()
        others: list[int] = theirs[start : start + _PAIRS].tolist()
        left, right = [texts[at] for at in ours], [table.texts[at] for at in others]
        agreement = process.cpdist(left, right, scorer=fuzz.ratio, score_cutoff=NEAR)
        for at in np.flatnonzero(agreement).tolist():
            yield numbers[ours[at]], table.numbers[others[at]]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


async def find_leaks(folder: Path, workers: Workers, report: Report = silent) -> list[Leak]:
    """What of the version in *folder* is held out and trained on all the same."""
    held = "".join(digest(folder / name) for name in (*HELD, *REFUSED) if (folder / name).exists())
    size = (folder / "train.jsonl").stat().st_size
    blocks = [Block(folder, held, start, min(_BLOCK, size - start)) for start in range(0, size, _BLOCK)]
    findings: list[Leak] = []
    done = 0
    async for found in workers.each(check_block, blocks):
        findings += found
        done += 1
        report("查有没有漏题", done, len(blocks))
    held_out.cache_clear()
    return findings
