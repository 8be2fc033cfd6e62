"""How sure a rate or a difference of rates is."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, exp, lgamma, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
_EXACT = 2000
"""Up to so many discordant pairs the sum is taken in whole numbers."""


class Interval(NamedTuple):
    """Ends of a confidence interval."""

    low: float
    high: float


def bootstrap_interval(
    values: ArrayLike, *, seed: int = 0, resamples: int = RESAMPLES, confidence: float = CONFIDENCE
) -> Interval:
    """Percentile interval of the mean of *values*, the same for the same seed and values in any order.

    How often each value is drawn is multinomial, which is the same experiment as drawing
    one by one and costs nothing: a score takes two values, a difference of two three.
    Scores that are all equal have an interval without width.

    Raises:
        ValueError: no values.
    """
    found: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    if not found.size:
        raise ValueError("no values to resample")
    kinds, counts = np.unique(found, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(found.size, counts / found.size, size=resamples)
    means: NDArray[np.float64] = drawn @ kinds / found.size
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


class PairedDifference(NamedTuple):
    """How much more often the first of two models is right, on the same prompts."""

    n: int
    mean: float
    """First rate less second rate."""
    interval: Interval
    gained: int
    """Right with the first alone."""
    lost: int
    """Right with the second alone."""
    p: float
    """Of McNemar's exact test."""


def paired_difference(first: Sequence[bool], second: Sequence[bool], *, seed: int = 0) -> PairedDifference:
    """Of *first* over *second*, pair by pair.

    Raises:
        ValueError: no pairs, or not as many of one as of the other.
    """
    if len(first) != len(second):
        raise ValueError("pairs need as many of one as of the other")
    steps: NDArray[Any] = np.asarray(first, dtype=np.int8) - np.asarray(second, dtype=np.int8)
    interval = bootstrap_interval(steps, seed=seed)
    gained, lost = int((steps > 0).sum()), int((steps < 0).sum())
    return PairedDifference(len(first), float(steps.mean()), interval, gained, lost, mcnemar(gained, lost))


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided exact p of *gained* against *lost* when both are equally likely; 1 without any."""
    n, fewer = gained + lost, min(gained, lost)
    if not n:
        return 1.0
    if n <= _EXACT:
        return min(1.0, 2 * sum(comb(n, k) for k in range(fewer + 1)) / 2**n)
    logs = (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2) for k in range(fewer + 1))
    return min(1.0, 2 * sum(map(exp, logs)))


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between the two nearest.

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("no values")
    return float(np.percentile(np.asarray(values, dtype=np.float64), percent))
