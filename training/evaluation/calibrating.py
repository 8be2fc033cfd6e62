"""What a model's confidences mean, from its answers to questions that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from inference.calibration import Calibration, Pair, fit
from inference.prompts import is_unsure
from inference.reliability import Bin, calibration_error, reliability
from training.evaluation import report as reports
from training.evaluation.report import Scored

LEARNT_FROM = "holdout"
"""The one set whose questions are like members' and were kept out of every training set."""
_Z = 1.2816
"""Of the one-sided 90 % bound under which a line's share is taken to lie by bad luck alone."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration, and how well one that is made like it does on answers that it has not seen."""

    calibration: Calibration
    before: float
    """Expected calibration error of the raw confidences, 0 to 1."""
    after: float
    """The same of calibrated ones, cross-fitted."""
    bins_before: tuple[Bin, ...]
    bins_after: tuple[Bin, ...]
    answered: float
    """Share of the answers that the cut lets through, cross-fitted; 1 without a cut."""
    right: float
    """Share of those that is right, cross-fitted."""
    target: float
    """What :attr:`right` was to be at least."""

    def figures(self) -> dict[str, Any]:
        """For the step's record: small, fit for JSON."""
        return {
            "answers": self.calibration.answers,
            "known": self.calibration.known,
            "error_before": round(self.before, 4),
            "error_after": round(self.after, 4),
            "cut": None if self.calibration.cut is None else round(self.calibration.cut, 4),
            "answered": round(self.answered, 4),
            "right": round(self.right, 4),
            "target": self.target,
            "bins_before": [_figures(one) for one in self.bins_before],
            "bins_after": [_figures(one) for one in self.bins_after],
        }


def calibrate(folder: Path, target: float) -> Calibrated | None:
    """The calibration from the finished evaluation in *folder*; ``None`` when no confidence was told in it.

    Raises:
        NoReport: see :mod:`training.evaluation.errors`.
    """
    pairs = pairs_of(reports.read_replies(folder))
    return calibrated(pairs, target) if pairs else None


def pairs_of(replies: Sequence[Scored]) -> list[Pair]:
    """Confidence and worth of each held-out answer; what the model declined itself is no answer."""
    return [
        (one.confidence, one.right)
        for one in replies
        if one.set == LEARNT_FROM and one.confidence is not None and not one.problem and not is_unsure(one.reply)
    ]


def calibrated(pairs: Sequence[Pair], target: float) -> Calibrated:
    """The calibration of *pairs*, with the cut that keeps at least *target* (0 to 1) of what is answered right.

    Nothing is judged by answers that it was made from. The pairs are dealt into two halves, always the same ones; each
    half's map and cut are made from it alone and judged by the other half, and both judgements
    together are the figures. Map and cut themselves are then made in the same way from all pairs.
    The cut is given up where it did not keep its promise on the other halves.
    """
    # Questions lie in the order of the bank, where neighbours are alike.
    order: list[int] = np.random.default_rng(0).permutation(len(pairs)).tolist()
    raw = [pairs[at] for at in order]
    halves = raw[::2], raw[1::2]
    after: list[Pair] = []
    kept: list[Pair] = []
    for own, other in (halves, halves[::-1]):
        made = _with_cut(own, target)
        told = [(made.apply(confidence), right) for confidence, right in other]
        after += told
        kept += [one for one in told if made.cut is not None and not made.withholds(one[0])]
    final = _with_cut(raw, target)
    held = bool(kept) and _share(kept) >= target
    if final.cut is None or not held:
        final, kept = final.model_copy(update={"cut": None}), after
    return Calibrated(
        final,
        calibration_error(raw),
        calibration_error(after),
        tuple(reliability(raw)),
        tuple(reliability(after)),
        len(kept) / len(raw),
        _share(kept),
        target,
    )


def _with_cut(pairs: Sequence[Pair], target: float) -> Calibration:
    made = fit(pairs)
    if not made.known:
        return made
    return made.model_copy(update={"cut": _cut([(made.apply(told), right) for told, right in pairs], target)})


def _cut(pairs: Sequence[Pair], target: float) -> float | None:
    """The least calibrated confidence from which on, luck aside, *target* of the answers are right.

    Luck aside: the lower end of Wilson's interval (Wilson, JASA 22, 1927) of that share, so that a line
    that was met by chance alone is not drawn. 0 when no answer has to be withheld, ``None`` when no line does.
    """
    found: float | None = None
    ordered = sorted(pairs, reverse=True)
    right = 0
    for at, (confidence, one) in enumerate(ordered, 1):
        right += one
        last = at == len(ordered)
        if (last or ordered[at][0] < confidence) and _at_least(right, at) >= target:
            found = 0.0 if last else confidence
    return found


def _at_least(right: int, count: int) -> float:
    """Lower end of Wilson's score interval of the share *right* of *count*."""
    share, z2 = right / count, _Z * _Z
    middle = share + z2 / (2 * count)
    return (middle - _Z * sqrt(share * (1 - share) / count + z2 / (4 * count * count))) / (1 + z2 / count)


def _share(pairs: Sequence[Pair]) -> float:
    return sum(right for _, right in pairs) / len(pairs) if pairs else 0.0


def _figures(one: Bin) -> dict[str, float | int]:
    return {
        "low": one.low,
        "high": one.high,
        "answers": one.answers,
        "confidence": round(one.confidence, 4),
        "right": round(one.right, 4),
    }
