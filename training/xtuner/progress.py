"""How far a training is, from what mmengine writes: ``work/<time>/vis_data/scalars.json`` and ``work/<time>/*.log``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ITERATION = re.compile(r"Iter\(train\)\s*\[\s*(?P<done>\d+)/(?P<total>\d+)\].*?eta:\s*(?P<eta>(?:\d+ days?, )?[\d:]+)")
_MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the log."""

    iteration: int
    loss: float
    lr: float
    seconds: float
    """An iteration took so long."""
    grad_norm: float = 0.0
    """Before it is cut; 0 where it was not told."""


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int
    """0 while it is not known."""
    eta_s: float | None
    points: tuple[Point, ...]

    def curve(self) -> list[tuple[int, float]]:
        """Iteration and loss where it is a number, at most 200 pairs, the first and the last one always there."""
        points = [point for point in self.points if math.isfinite(point.loss)]
        last = len(points) - 1
        most = _MOST_POINTS - 1
        places = range(last + 1) if last <= most else [round(number * last / most) for number in range(most + 1)]
        return [(points[place].iteration, round(points[place].loss, 5)) for place in places]


def read(work: Path) -> Progress:
    """What the training in *work* has written so far, resumed ones included; half-written lines are passed over."""
    points: dict[int, Point] = {}
    for file in sorted(work.glob("*/vis_data/scalars.json")):
        # A resumed training writes a file of its own; where both have an iteration, the later one counts.
        fresh = {point.iteration: point for point in _points(_lines(file))}
        began = min(fresh, default=0)
        points = {number: point for number, point in points.items() if number < began or not fresh} | fresh
    ordered = tuple(points[number] for number in sorted(points))
    done = ordered[-1].iteration if ordered else 0
    total, eta = 0, None
    for file in sorted(work.glob("*/*.log")):
        # A resumed training that has not come to an iteration yet still has the total of the one before.
        for found in _ITERATION.finditer(_tail(file)):
            total, eta = int(found["total"]), _seconds(found["eta"])
            if not ordered:
                done = int(found["done"])
    return Progress(done, total, eta, ordered)


def _lines(file: Path) -> Iterable[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()


def _points(lines: Iterable[str]) -> Iterable[Point]:
    for line in lines:
        try:
            told: dict[str, Any] = json.loads(line)
            yield Point(
                int(told.get("iter") or told["step"]),
                float(told["loss"]),
                float(told.get("lr", 0)),
                float(told.get("time", 0)),
                float(told.get("grad_norm", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            continue


def _tail(file: Path, most: int = 64 * 1024) -> str:
    try:
        with file.open("rb") as opened:
            opened.seek(0, 2)
            opened.seek(max(0, opened.tell() - most))
            return opened.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _seconds(eta: str) -> float:
    """``1 day, 2:03:04`` and ``0:01:19`` in seconds."""
    days, _, clock = eta.rpartition(", ")
    hours, minutes, seconds = ([0, 0, 0] + [int(part or 0) for part in clock.split(":")])[-3:]
    return (int(days.split()[0]) * 86400 if days else 0) + hours * 3600 + minutes * 60 + seconds
