"""The ``[training.gate]`` table of ``bot.toml``: what a candidate must reach to replace the serving model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings import Table


class GateSettings(Table):
    corrected_percent: float = Field(default=98, ge=0, le=100)
    """Corrected cases that have to be answered right, in percent; asked of ever so few."""
    holdout_tolerance_points: float = Field(default=0, ge=0, le=100)
    """How many points worse than the serving model on held-out questions is still called equal. A candidate
    fails when the whole 95 % interval of the paired difference lies below minus this: it is worse for certain,
    not by the luck of these questions. The same holds for questions that are easily confused."""
    guard_points: float = Field(default=1, ge=0, le=100)
    """How many points of general ability it may lose."""
    refusals_percent: float = Field(default=90, ge=0, le=100)
    """Questions nobody can answer that have to be declined, in percent."""
    refusals_points: float = Field(default=5, ge=0, le=100)
    """How many points fewer of them than the serving model it may decline."""
    format_percent: float = Field(default=98, ge=0, le=100)
    """Replies whose first line is written as the system prompt asks, in percent."""
    latency_ratio: float = Field(default=1.5, ge=1, le=100)
    """How many times as long as the serving model it may take for an answer (median, one at a time)."""
    latency_free_ms: float = Field(default=50, ge=0, le=60_000)
    """Milliseconds for an answer that are never too long: below them a ratio measures the machine's noise."""
    size_ratio: float = Field(default=1.2, ge=1, le=1000)
    """How many times as large as the serving model its weights may be."""
    fewest: int = Field(default=30, ge=1, le=100_000)
    """With fewer items than this a set says little: its line is marked as 样本太少."""
    few: Literal["pass", "fail"] = "pass"
    """What becomes of a marked line: ``pass`` lets it through as long as it is told, ``fail`` rejects the round.
    Corrected cases are exempt, since each was decided by people."""
