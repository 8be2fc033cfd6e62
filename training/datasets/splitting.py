"""On which side of a training set each question lies, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.datasets.intake import HOLDOUT, NEITHER, TRAIN, Entries
from training.datasets.minhash import I64
from training.datasets.neighbours import Columns, neighbours
from training.datasets.texts import Texts
from training.progress import Report

Codes = NDArray[np.uint8]


@dataclass(slots=True)
class _Arrays:
    placed: list[Codes] = field(default_factory=list[Codes])
    former: list[Codes] = field(default_factory=list[Codes])
    alone: list[Codes] = field(default_factory=list[Codes])
    option_keys: list[NDArray[np.uint32]] = field(default_factory=list[NDArray[np.uint32]])
    body_of: list[I64] = field(default_factory=list[I64])
    tells: list[NDArray[np.bool_]] = field(default_factory=list[NDArray[np.bool_]])
    whole_of: list[I64] = field(default_factory=list[I64])


class Splitter:
    """Takes questions in the order of their ids and places those that have no place yet.

    A question goes to the side of those that it resembles, whether they were
    placed before or come earlier, and to neither side when it resembles
    questions of both. One that resembles none goes where its own hash says.
    """

    def __init__(self, folder: Path) -> None:
        self._bodies = Texts(folder / "bodies")
        self._wholes = Texts(folder / "wholes")
        self._arrays = _Arrays()
        self._size = 0
        self._fingerprints = bytearray()
        self._clusters = bytearray()
        self.sides: Codes = np.zeros(0, dtype=np.uint8)
        """Side of each entry, once :meth:`place` was called."""
        self.bare: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        """Of each entry: whether a wording of it resembles something held out, so that only its own stem may be
        trained on. Wordings come after their question was placed; what is new goes to the other side instead."""
        self._new: I64 = np.zeros(0, dtype=np.int64)

    def add(self, entries: Entries) -> None:
        arrays = self._arrays
        count = len(entries.fingerprints)
        numbers = np.arange(self._size, self._size + count, dtype=np.int64)
        option_keys = np.array(entries.option_keys, dtype=np.uint32)
        arrays.placed.append(np.array(entries.placed, dtype=np.uint8))
        arrays.former.append(np.array(entries.former, dtype=np.uint8))
        arrays.alone.append(np.array(entries.alone, dtype=np.uint8))
        arrays.option_keys.append(option_keys)
        arrays.body_of.append(np.repeat(numbers, np.array(entries.wordings, dtype=np.int64)))
        arrays.tells.append(np.array(entries.tells, dtype=bool))
        arrays.whole_of.append(numbers[option_keys != 0])
        self._fingerprints += b"".join(entries.fingerprints)
        self._clusters += b"".join(entries.clusters)
        for texts, new in ((self._bodies, entries.bodies), (self._wholes, entries.wholes)):
            encoded = [text.encode("utf-8", "replace") for text in new]
            texts.add(b"".join(encoded), [len(text) for text in encoded])
        self._size += count

    def place(self, report: Report) -> None:
        """Decide all sides."""
        arrays = self._arrays
        if not self._size:
            return
        self._bodies.seal()
        self._wholes.seal()
        placed = np.concatenate(arrays.placed)
        former = np.concatenate(arrays.former)
        columns = Columns(
            bodies=self._bodies,
            body_of=np.concatenate(arrays.body_of),
            tells=np.concatenate(arrays.tells),
            wholes=self._wholes,
            whole_of=np.concatenate(arrays.whole_of),
            option_keys=np.concatenate(arrays.option_keys),
        )
        new = placed == 0
        self._new = np.flatnonzero(new)
        self.sides = np.where(new, np.concatenate(arrays.alone), placed)
        self._arrays = _Arrays()
        left, right = neighbours(columns, report)
        self._settle(left, right, new, former)
        self.bare = np.zeros(self._size, dtype=bool)
        for one, other in ((left, right), (right, left)):
            self.bare[one[(self.sides[one] == TRAIN) & (self.sides[other] == HOLDOUT)]] = True
        self.close()

    def close(self) -> None:
        """Give the files back; places and sides stay."""
        self._bodies.close()
        self._wholes.close()

    def _settle(self, left: I64, right: I64, new: NDArray[np.bool_], former: Codes) -> None:
        # Of a pair, that one is decided by the other which has no place yet or comes later.
        small, large = np.minimum(left, right), np.maximum(left, right)
        follows = np.where(new[large], large, small)
        leads = np.where(new[large], small, large)
        matters = new[follows]
        follows, leads = follows[matters], leads[matters]
        order = np.lexsort((leads, follows))
        follows, leads = follows[order], leads[order]
        undecided = np.union1d(follows, np.flatnonzero(new & (former != 0)))
        starts = np.searchsorted(follows, undecided, side="left").tolist()
        ends = np.searchsorted(follows, undecided, side="right").tolist()
        sides = self.sides
        for number, start, end in zip(undecided.tolist(), starts, ends, strict=True):
            resembled = leads[start:end].tolist()
            told = {int(sides[other]) for other in resembled} | {int(former[number])}
            if HOLDOUT in told and TRAIN in told:
                sides[number] = NEITHER
            elif HOLDOUT in told or TRAIN in told:
                sides[number] = HOLDOUT if HOLDOUT in told else TRAIN
                first = next((other for other in resembled if sides[other] == sides[number]), number)
                self._clusters[number * 16 : number * 16 + 16] = self._clusters[first * 16 : first * 16 + 16]

    def give_up(self, fingerprints: set[str]) -> bool:
        """Put held-out questions on neither side; ``False``, and nothing done, unless all got their place just now."""
        places = {self.fingerprint(number): number for number in self._new.tolist() if self.sides[number] == HOLDOUT}
        if not fingerprints <= places.keys():
            return False
        for fingerprint in fingerprints:
            self.sides[places[fingerprint]] = NEITHER
        return True

    def __len__(self) -> int:
        return self._size

    def fingerprint(self, number: int) -> str:
        return self._fingerprints[number * 16 : number * 16 + 16].hex()

    def cluster(self, number: int) -> str:
        """Fingerprint of the first question that it resembles."""
        return self._clusters[number * 16 : number * 16 + 16].hex()

    def new_places(self, names: tuple[str | None, ...]) -> Iterator[tuple[str, str, str]]:
        """Fingerprint, side and cluster of what had no place before."""
        for number in self._new.tolist():
            yield self.fingerprint(number), names[int(self.sides[number])] or "", self.cluster(number)
