"""MinHash over character pairs, on arrays: which texts could be alike without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

_TABLE_BITS = 22
_FEWEST = 3
_ALWAYS_RARE = 40
_AT_ONCE = 1 << 16
"""Pairs that are hashed with one function at a time: they stay in the processor's cache."""


def pairs(texts: Sequence[str]) -> tuple[U32, I64]:
    """Hashes of all character pairs of all *texts*, and where each text's begin (one more entry for the end).

    A text of one character has one pair; an empty one has one that nothing else has.
    """
    padded = [text if len(text) > 1 else (text or "\x00") + "\x01" for text in texts]
    lengths = np.fromiter(map(len, padded), dtype=np.int64, count=len(padded))
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    starts = np.zeros(len(padded) + 1, dtype=np.int64)
    np.cumsum(lengths - 1, out=starts[1:])
    keep = np.ones(len(codes), dtype=bool)
    keep[np.cumsum(lengths) - 1] = False
    mixed = codes[:-1] * np.uint32(0x9E3779B1) + codes[1:] * np.uint32(0x85EBCA77)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    return mixed[keep[:-1]], starts


class Commonness:
    """How often character pairs occur, by the upper bits of their hash; it decides which are too common to tell."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << _TABLE_BITS, dtype=np.uint32)
        self._texts = 0

    def learn(self, texts: Sequence[str]) -> None:
        found, starts = pairs(texts)
        self._counts += np.bincount(found >> np.uint32(32 - _TABLE_BITS), minlength=1 << _TABLE_BITS).astype(np.uint32)
        self._texts += len(starts) - 1

    def rare(self, found: U32) -> NDArray[np.bool_]:
        """Which of the pairs are not among those that a fiftieth of all texts have."""
        limit = max(_ALWAYS_RARE, self._texts // 50)
        return self._counts[found >> np.uint32(32 - _TABLE_BITS)] <= limit


class MinHash:
    """Band keys of texts: texts that are alike have at least one key of a band in common, nearly always.

    Two texts of which a share s of all rare pairs is common to both have none
    in common with a chance of (1 - s^rows)^bands.
    """

    def __init__(self, bands: int, seed: int, commonness: Commonness, rows: int = 3) -> None:
        self.bands = bands
        self._rows = rows
        # Not numpy's own chance: its next version may draw others.
        drawn = [_drawn(seed, number) for number in range(2 * bands * rows)]
        self._factors = np.array(drawn[::2], dtype=np.uint32) | np.uint32(1)
        self._terms = np.array(drawn[1::2], dtype=np.uint32)
        self._commonness = commonness

    def keys(self, texts: Sequence[str]) -> U32:
        """Shape (bands, texts)."""
        found, starts = pairs(texts)
        found, starts = self._without_common(found, starts)
        keys = np.empty((self.bands, len(texts)), dtype=np.uint32)
        begin = 0
        while begin < len(texts):
            # As many whole texts as fit, one at least.
            end = max(begin + 1, int(np.searchsorted(starts, starts[begin] + _AT_ONCE, side="right")) - 1)
            self._fill(keys[:, begin:end], found[starts[begin] : starts[end]], starts[begin:end] - starts[begin])
            begin = end
        return keys

    def _fill(self, keys: U32, found: U32, starts: I64) -> None:
        mixed = np.empty_like(found)
        high = np.empty_like(found)
        for band in range(self.bands):
            key = np.zeros(len(starts), dtype=np.uint32)
            for row in range(band * self._rows, (band + 1) * self._rows):
                np.multiply(found, self._factors[row], out=mixed)
                mixed += self._terms[row]
                # The low bits of a product depend on the low bits alone; fold the high ones in.
                np.right_shift(mixed, np.uint32(16), out=high)
                mixed ^= high
                mixed *= np.uint32(0x7FEB352D)
                least = np.minimum.reduceat(mixed, starts)
                key = (key ^ least) * np.uint32(0x9E3779B1)
                key ^= key >> np.uint32(15)
            keys[band] = key

    def _without_common(self, found: U32, starts: I64) -> tuple[U32, I64]:
        keep = self._commonness.rare(found)
        kept = np.add.reduceat(keep, starts[:-1], dtype=np.int64)
        # A text of common words alone is still a text.
        poor = kept < _FEWEST
        lengths = np.diff(starts)
        keep |= np.repeat(poor, lengths)
        left = np.zeros(len(starts), dtype=np.int64)
        np.cumsum(np.where(poor, lengths, kept), out=left[1:])
        return found[keep], left


def _drawn(seed: int, number: int) -> int:
    return int.from_bytes(blake2b(f"{seed}:{number}".encode(), digest_size=4).digest())


def alike(keys: U32, window: int) -> Iterator[tuple[I64, I64]]:
    """Pairs (smaller index, larger index) of texts that share a key, band by band; few come twice.

    Of texts that share a key with more than *window* others only the *window* next ones by index are paired.
    """
    # Whether all pairs of a text in a band came: then they need not come again.
    whole = np.zeros(keys.shape, dtype=bool)
    for band in range(len(keys)):
        order = np.argsort(keys[band], kind="stable")
        ordered = keys[band][order]
        crowded = np.zeros(len(order), dtype=bool)
        lefts: list[I64] = []
        rights: list[I64] = []
        for step in range(1, window + 1):
            hits = np.flatnonzero(ordered[step:] == ordered[:-step])
            if not len(hits):
                break
            lefts.append(order[hits])
            rights.append(order[hits + step])
            if step == window:
                crowded[hits] = crowded[hits + step] = True
        whole[band, order] = ~crowded
        if not lefts:
            continue
        left, right = np.concatenate(lefts), np.concatenate(rights)
        fresh = np.ones(len(left), dtype=bool)
        for earlier in range(band):
            fresh &= (keys[earlier][left] != keys[earlier][right]) | ~whole[earlier][left] | ~whole[earlier][right]
        yield left[fresh], right[fresh]
