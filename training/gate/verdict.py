"""What the gate says of a candidate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from paper.excerpts import excerpt
from training.evaluation.comparing import Regression

_QUESTION, _REPLY = 240, 120
"""Letters that a record keeps of a question and of a reply."""


@dataclass(frozen=True, slots=True)
class Line:
    """One demand and how it was met."""

    name: str
    """English, for records: corrected, holdout, near, guard, refusals, format, latency, size."""
    title: str
    """Chinese, for people."""
    passed: bool
    """Also when it was not judged."""
    sentence: str
    """Chinese: the figure, what was asked, and what that means."""
    figure: float | None = None
    """What was measured: percent, points of difference (negative is worse) or a ratio; ``None`` when nothing was."""
    limit: float | None = None
    """The value that *figure* is held against."""
    skipped: bool = False
    """There was nothing to judge."""
    few: bool = False
    """Too few items to say much."""


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One set before and after; rates from 0 to 1, ends of 95 % intervals."""

    name: str
    title: str
    n: int
    rate: float
    low: float
    high: float
    rate_before: float | None = None
    """``None`` where the serving model was not asked these."""
    difference: float | None = None
    """Mean over the pairs; ``None`` where there are none."""
    difference_low: float | None = None
    difference_high: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    candidate: str
    """Name of the model."""
    baseline: str | None
    """Name of the serving model; ``None`` in a first round."""
    lines: tuple[Line, ...]
    worst: tuple[Regression, ...] = ()
    """Right with the serving model and wrong now, the worst first; ten at most."""
    regressions: int = 0
    """How many of these there are in all."""
    sets: tuple[SetFigures, ...] = ()

    @property
    def passed(self) -> bool:
        return all(line.passed for line in self.lines)

    def failures(self) -> list[Line]:
        return [line for line in self.lines if not line.passed]

    def as_json(self) -> dict[str, Any]:
        """For the round's record, which is kept for ever: its texts are cut."""
        return {
            "passed": self.passed,
            "candidate": self.candidate,
            "baseline": self.baseline,
            "lines": [asdict(line) for line in self.lines],
            "worst": [_cut(one) for one in self.worst],
            "regressions": self.regressions,
            "sets": [asdict(one) for one in self.sets],
        }


def _cut(one: Regression) -> dict[str, str]:
    told = asdict(one)
    return {name: excerpt(text, _QUESTION if name == "input" else _REPLY) for name, text in told.items()}
