"""What there is to say of a round, read from its row and the records of its steps.

Records are kept for ever and were written by earlier versions too: whatever is missing in one is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

from paper.rounds.words import SETS
from store.models import RoundStep, TrainingRound

MOST_REGRESSIONS = 10


@dataclass(frozen=True, slots=True)
class SetFigures:
    """How one set went before and after; shares from 0 to 1."""

    title: str
    n: int | None
    before: float | None
    now: float | None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    """Of the difference, 95 %."""


@dataclass(frozen=True, slots=True)
class GateLine:
    title: str
    sentence: str
    mark: str
    """passed, failed, few (passed, but on few items) or skipped."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Right before, wrong now."""

    title: str
    """Of its set."""
    question: str
    key: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Facts:
    number: int
    status: str
    note: str
    problem: str
    base: str
    """Name of the base's folder."""
    at: datetime
    """When it ended, else when it was asked for."""
    seconds: float
    """Of all steps that are done."""
    promoted: bool
    dataset: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Counts: ``train``, ``samples``, ``corrections``."""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """By key in bot.toml, those that differ from the defaults."""
    trained: Mapping[str, Any] = field(default_factory=dict[str, Any])
    curve: Sequence[Sequence[float]] = ()
    """Pairs of iteration and loss."""
    sizes: tuple[int, int] | None = None
    """Bytes of the weights before and after quantising; ``None`` where nothing was quantised."""
    cost: Sequence[SetFigures] = ()
    """How the sets went before quantising and after."""
    calibration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the evaluation learnt of confidences; empty where it was told none."""
    judged: bool = False
    """There is a verdict."""
    lines: Sequence[GateLine] = ()
    sets: Sequence[SetFigures] = ()
    worst: Sequence[Regression] = ()
    regressions: int = 0
    """How many there are in all."""

    @property
    def failures(self) -> list[GateLine]:
        return [line for line in self.lines if line.mark == "failed"]


def facts_of(
    row: TrainingRound,
    steps: Sequence[RoundStep],
    *,
    status: str | None = None,
    verdict: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Facts:
    """The facts; *status*, *verdict* and *at* go before those of a row that does not have them yet."""
    figures: dict[str, dict[str, Any]] = {step.name: step.record.get("figures") or {} for step in steps}
    judgement: Mapping[str, Any] = verdict if verdict is not None else row.verdict or figures.get("gate") or {}
    trained = figures.get("train", {})
    evaluated = figures.get("evaluate", {})
    lines: list[dict[str, Any]] = judgement.get("lines") or []
    worst: list[dict[str, Any]] = judgement.get("worst") or []
    return Facts(
        number=row.id,
        status=status or row.status,
        note=row.note,
        problem=row.problem,
        base=PurePath(row.base).name,
        at=at or row.finished_at or row.created_at,
        seconds=sum(step.seconds for step in steps),
        promoted=row.promoted_at is not None,
        dataset=row.dataset or figures.get("dataset", {}).get("version") or "",
        data=figures.get("dataset", {}),
        settings=figures.get("config", {}).get("settings") or {},
        trained=trained,
        curve=trained.get("curve") or (row.progress or {}).get("curve") or [],
        sizes=_sizes(figures.get("quantise", {}), evaluated),
        cost=_cost(evaluated),
        calibration=evaluated.get("calibration") or {},
        judged=bool(judgement),
        lines=[_line(line) for line in lines],
        sets=_sets(judgement, evaluated),
        worst=[_regression(one) for one in worst[:MOST_REGRESSIONS]],
        regressions=int(judgement.get("regressions") or len(worst)),
    )


def _line(line: Mapping[str, Any]) -> GateLine:
    if line.get("skipped"):
        mark = "skipped"
    elif not line.get("passed"):
        mark = "failed"
    else:
        mark = "few" if line.get("few") else "passed"
    return GateLine(str(line.get("title", "")), str(line.get("sentence", "")), mark)


def _sets(judgement: Mapping[str, Any], evaluated: Mapping[str, Any]) -> list[SetFigures]:
    told: list[dict[str, Any]] = judgement.get("sets") or []
    if told:
        return [_set(one) for one in told]
    now: dict[str, float] = evaluated.get("candidate") or {}
    before: dict[str, float] = evaluated.get("baseline") or {}
    # Beside the sets that record holds how long they took.
    return [
        SetFigures(SETS.get(name) or name, None, before.get(name), rate)
        for name, rate in now.items()
        if name != "seconds"
    ]


def _sizes(quantised: Mapping[str, Any], evaluated: Mapping[str, Any]) -> tuple[int, int] | None:
    # The step may have been done, and its model not wanted after all.
    if "unquantised" not in evaluated or "bytes_before" not in quantised:
        return None
    return int(quantised["bytes_before"]), int(quantised["bytes_after"])


def _cost(evaluated: Mapping[str, Any]) -> list[SetFigures]:
    now: dict[str, float] = evaluated.get("candidate") or {}
    before: dict[str, float] = evaluated.get("unquantised") or {}
    return [
        SetFigures(SETS.get(name) or name, None, before[name], rate, rate - before[name])
        for name, rate in now.items()
        if name != "seconds" and name in before
    ]


def _set(one: Mapping[str, Any]) -> SetFigures:
    low, high = one.get("difference_low"), one.get("difference_high")
    return SetFigures(
        *(str(one.get("title", "")), one.get("n"), one.get("rate_before"), one.get("rate"), one.get("difference")),
        interval=None if low is None or high is None else (float(low), float(high)),
    )


def _regression(one: Mapping[str, Any]) -> Regression:
    return Regression(
        title=str(one.get("title", "")),
        question=str(one.get("input", "")),
        key=str(one.get("key", "")),
        before=str(one.get("before", "")),
        now=f"没有回答：{one['problem']}" if one.get("problem") else str(one.get("now", "")) or "（空）",
    )
