"""The loss of a round as a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.services.exporting.typesetting import typeset

_POINTS = 120


def loss_curve(number: int, points: Sequence[Sequence[float]], caption: str) -> bytes:
    """A PNG of the loss over the iterations; *points* are pairs of both, at least two."""
    step = max(1, len(points) // _POINTS)
    kept = [*points[::step], points[-1]] if (len(points) - 1) % step else [*points[::step]]
    losses = [float(loss) for _, loss in kept]
    low, high = min(losses), max(losses)
    data: dict[str, Any] = {
        "title": f"第 {number} 轮",
        "caption": caption,
        "last": f"{losses[-1]:.3f}",
        "first": f"{losses[0]:.3f}",
        "iterations": f"{int(kept[-1][0]):,}",
        "high": f"{high:.2f}",
        "low": f"{low:.2f}",
        "points": [
            {"x": _share(float(x), float(kept[0][0]), float(kept[-1][0])), "y": _share(loss, low, high)}
            for (x, _), loss in zip(kept, losses, strict=True)
        ],
    }
    return typeset("round.typ", data, "png")


def _share(value: float, low: float, high: float) -> float:
    return 0.0 if high <= low else (value - low) / (high - low)
