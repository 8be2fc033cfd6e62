"""How probable a lopsided count is by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence


def binomial_tail(hits: int, trials: int, chance: float) -> float:
    """Probability of at least *hits* in *trials* when each has *chance*."""
    if hits <= 0:
        return 1.0
    if chance <= 0 or hits > trials:
        return 0.0
    if chance >= 1:
        return 1.0
    # From the largest term on; the others follow by ratio, so that a million trials cost little.
    start = max(hits, min(trials, math.floor((trials + 1) * chance)))
    top = math.exp(_log_term(start, trials, chance))
    odds = chance / (1 - chance)
    total, term = top, top
    for k in range(start, trials):
        term *= (trials - k) / (k + 1) * odds
        if term < total * 1e-17:
            break
        total += term
    term = top
    for k in range(start, hits, -1):
        term *= k / (trials - k + 1) / odds
        if term < total * 1e-17:
            break
        total += term
    return min(total, 1.0)


def _log_term(k: int, n: int, p: float) -> float:
    choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return choose + k * math.log(p) + (n - k) * math.log1p(-p)


def evenness(counts: Sequence[int]) -> float:
    """Probability of counts at least this uneven when all are equally likely (chi-square test)."""
    total = sum(counts)
    if not total or len(counts) < 2:
        return 1.0
    expected = total / len(counts)
    return _chi_square_tail(sum((count - expected) ** 2 / expected for count in counts), len(counts) - 1)


def _chi_square_tail(value: float, degrees: int) -> float:
    """By the closed forms for whole degrees of freedom."""
    half = value / 2
    if degrees % 2 == 0:
        term = total = math.exp(-half)
        for k in range(1, degrees // 2):
            term *= half / k
            total += term
        return total
    total = math.erfc(math.sqrt(half))
    term = math.exp(-half) * math.sqrt(half / math.pi) * 2
    for k in range(1, (degrees - 1) // 2 + 1):
        total += term
        term *= half / (k + 0.5)
    return min(total, 1.0)
