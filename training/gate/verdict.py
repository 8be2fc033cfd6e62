"""What the gate says of a candidate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from training.evaluation.comparing import Regression


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

    @property
    def passed(self) -> bool:
        return all(line.passed for line in self.lines)

    def failures(self) -> list[Line]:
        return [line for line in self.lines if not line.passed]

    def as_json(self) -> dict[str, Any]:
        """For the round's record."""
        return {
            "passed": self.passed,
            "candidate": self.candidate,
            "baseline": self.baseline,
            "lines": [asdict(line) for line in self.lines],
            "worst": [asdict(one) for one in self.worst],
            "regressions": self.regressions,
        }
