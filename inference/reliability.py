"""How far confidences are from the shares that turn out right: bins, and the expected calibration error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inference.calibration import Pair

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    low: float
    """The bin reaches from *low*, inclusive, to *high*, exclusive but in the last one."""
    high: float
    answers: int
    confidence: float
    """Mean of what was said, 0 to 1."""
    right: float
    """Share that was right, 0 to 1."""


def reliability(pairs: Iterable[Pair], bins: int = BINS) -> list[Bin]:
    """*pairs* in *bins* of equal width, lowest first; empty ones are left out."""
    piles: dict[int, list[Pair]] = {}
    for confidence, right in pairs:
        piles.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return [_bin(at / bins, (at + 1) / bins, piles[at]) for at in sorted(piles)]


def calibration_error(pairs: Sequence[Pair], bins: int = BINS) -> float:
    """The expected calibration error of *pairs*, 0 to 1; 0 for none.

    Sum over the bins of (answers in the bin / all answers) · |share right − mean confidence|:
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3,
    after Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    if not pairs:
        return 0.0
    return sum(one.answers * abs(one.right - one.confidence) for one in reliability(pairs, bins)) / len(pairs)


def _bin(low: float, high: float, pile: Sequence[Pair]) -> Bin:
    count = len(pile)
    return Bin(low, high, count, sum(told for told, _ in pile) / count, sum(right for _, right in pile) / count)
