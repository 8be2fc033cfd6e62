"""How often a model of one round is right when it feels as sure as it does.

A model that is wrong can be sure: the mean probability of its tokens says how
smoothly it writes, not how often it is right. From answers whose worth is known
the one is mapped to the other by isotonic regression (Zadrozny and Elkan,
"Transforming classifier scores into accurate multiclass probability estimates",
KDD 2002): the monotone function with the least squared error, found by pooling
adjacent violators (Ayer et al., Annals of Mathematical Statistics 26, 1955).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE = "calibration.json"
"""Name of a calibration in the folder of its round."""
FEWEST = 30
"""With fewer answers a confidence stays as it is: the map would be chance."""

Pair = tuple[float, bool]
"""A confidence, 0 to 1, and whether the answer was right."""
Point = tuple[float, float]
"""A confidence as the server gave it, and the share right; both 0 to 1."""


class Calibration(BaseModel):
    """What a round's raw confidences mean; ``calibration.json``."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    version: Literal[1] = 1
    """Of the file's form; a later one is refused rather than misread."""
    points: tuple[Point, ...] = ()
    """Ascending in both; none leave every confidence as it is."""
    answers: int = Field(default=0, ge=0)
    """How many answers it was fitted on."""
    cut: float | None = Field(default=None, ge=0, le=1)
    """An answer whose calibrated confidence is lower is not given; ``None`` when no line keeps what was asked for."""

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        flat = [value for point in self.points for value in point]
        if any(not 0 <= value <= 1 for value in flat):
            raise ValueError("points lie between 0 and 1")
        if any(not (a[0] < b[0] and a[1] <= b[1]) for a, b in zip(self.points, self.points[1:], strict=False)):
            raise ValueError("points ascend")
        return self

    @property
    def known(self) -> bool:
        """Whether it changes anything; otherwise there were too few answers to learn from."""
        return bool(self.points)

    def apply(self, confidence: float) -> float:
        """The share of answers that are right when the model feels *confidence*; never falls as that rises.

        Linear between the points, level beyond the first and the last.
        """
        if not self.points:
            return confidence
        at = bisect_right(self.points, confidence, key=lambda point: point[0])
        if at in (0, len(self.points)):
            return self.points[min(at, len(self.points) - 1)][1]
        (x, low), (next_x, high) = self.points[at - 1], self.points[at]
        # Rounding must not carry it past an end.
        return min(high, max(low, low + (high - low) * (confidence - x) / (next_x - x)))

    def withholds(self, calibrated: float) -> bool:
        """Whether an answer of this *calibrated* confidence is too doubtful to be given."""
        return self.cut is not None and calibrated < self.cut


def read(path: Path) -> Calibration | None:
    """The calibration in the file *path*; ``None`` when there is no such file.

    Raises:
        ValueError: it cannot be read, or a later version wrote it.
    """
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None


def fit(pairs: Iterable[Pair]) -> Calibration:
    """The calibration of *pairs*, without a cut; one that changes nothing when there are fewer than :data:`FEWEST`.

    A block of *n* answers with *k* right stands for (k + 1) / (n + 2), Laplace's rule of
    succession, so that few answers, all right, are no certainty. Blocks that are out of order
    by that are pooled once more.
    """
    known = sorted(pairs)
    if len(known) < FEWEST:
        return Calibration(answers=len(known))
    blocks = _pooled(_ties(known), lambda block: block.right / block.answers)
    blocks = _pooled(blocks, lambda block: (block.right + 1) / (block.answers + 2))
    points: dict[float, float] = {}
    for block in blocks:
        value = (block.right + 1) / (block.answers + 2)
        points |= {block.low: value, block.high: value}
    return Calibration(points=tuple(points.items()), answers=len(known))


@dataclass(frozen=True, slots=True)
class _Block:
    """Neighbouring answers that stand for one share."""

    low: float
    """Least of their confidences, and :attr:`high` the greatest."""
    high: float
    answers: int
    right: int

    def with_next(self, other: _Block) -> _Block:
        return _Block(self.low, other.high, self.answers + other.answers, self.right + other.right)


def _ties(known: Sequence[Pair]) -> list[_Block]:
    """A block for each confidence: answers that feel alike cannot be told apart."""
    found: list[_Block] = []
    for confidence, right in known:
        one = _Block(confidence, confidence, 1, int(right))
        if found and found[-1].high == confidence:
            one = found.pop().with_next(one)
        found.append(one)
    return found


def _pooled(blocks: Sequence[_Block], value: Callable[[_Block], float]) -> list[_Block]:
    """Neighbours merged until their *value* rises from each to the next."""
    found: list[_Block] = []
    for block in blocks:
        while found and value(found[-1]) >= value(block):
            block = found.pop().with_next(block)
        found.append(block)
    return found
