"""A round in pictures for a phone: the loss as a curve, and the model card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local_time import local
from paper.excerpts import excerpt
from paper.rounds.facts import Facts, Regression, SetFigures
from paper.rounds.markdown import difference
from paper.rounds.words import NOTE, lasting, outcome, percent, points, size
from paper.typesetting import typeset

_POINTS = 120
FEWEST_POINTS = 4
"""With fewer there is no curve to speak of."""
_QUESTION, _REPLY, _SETTING = 72, 52, 60
_PROBLEM = 200


def loss_curve(number: int, points: Sequence[Sequence[float]], caption: str) -> bytes:
    """A PNG of the loss over the iterations; *points* are pairs of both, at least two."""
    return typeset("round.typ", {"title": f"第 {number} 轮", "caption": caption, **curve(points)}, "png")


def card(facts: Facts) -> bytes:
    """The model card as a PNG of one tall page; parts that nothing is known of are left out."""
    return typeset("round_card.typ", _card(facts), "png")


def curve(points: Sequence[Sequence[float]]) -> dict[str, Any]:
    """What the templates draw a curve from: at most some hundred points, shares of the axes."""
    step = max(1, len(points) // _POINTS)
    kept = [*points[::step], points[-1]] if (len(points) - 1) % step else [*points[::step]]
    losses = [float(loss) for _, loss in kept]
    low, high = min(losses), max(losses)
    return {
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


def _card(facts: Facts) -> dict[str, Any]:
    return {
        "title": f"第 {facts.number} 轮",
        "verdict": outcome(facts.status, promoted=bool(facts.promoted)),
        "good": {"ready": "yes", "rejected": "no", "failed": "no"}.get(facts.status, ""),
        "about": "　".join(part for part in (f"{local(facts.at):%Y-%m-%d %H:%M}", excerpt(facts.note, NOTE)) if part),
        "problem": excerpt(facts.problem, _PROBLEM) if facts.problem and not facts.lines else "",
        "tiles": _tiles(facts),
        "training": _training(facts),
        "settings": [excerpt(f"{key} = {value}", _SETTING) for key, value in facts.settings.items()],
        "curve": curve(facts.curve) if len(facts.curve) >= FEWEST_POINTS else None,
        "sets": [_set(one) for one in facts.sets],
        "lines": [{"mark": line.mark, "title": line.title, "sentence": line.sentence} for line in facts.lines],
        "regressions": f"{facts.regressions:,}",
        "worst": [_regression(one) for one in facts.worst],
    }


def _tiles(facts: Facts) -> list[dict[str, str]]:
    names = (("train", "题"), ("samples", "样本"), ("corrections", "纠错"))
    told = [{"name": name, "value": f"{facts.data[key]:,}"} for key, name in names if key in facts.data]
    return [*told, {"name": "用时", "value": lasting(facts.seconds)}] if facts.seconds else told


def _training(facts: Facts) -> list[dict[str, str]]:
    told = facts.trained
    found = {"底座": facts.base, "训练集": facts.dataset}
    if told.get("iterations"):
        found["步数"] = f"{told['iterations']:,}"
    if memory := told.get("peak_gpu_mb") or told.get("peak_mb"):
        found["显存" if told.get("peak_gpu_mb") else "内存"] = f"最多 {memory / 1024:.1f} GB"
    if facts.sizes is not None:
        worst = min(facts.cost, key=lambda one: one.difference or 0.0, default=None)
        lost = worst is not None and points(worst.difference or 0.0).startswith("−")
        cost = f"{worst.title} {points(worst.difference or 0.0)}" if worst is not None and lost else "没有变差"
        found["4 比特"] = f"{size(facts.sizes[0])} → {size(facts.sizes[1])}，{cost}"
    return [{"name": name, "value": excerpt(value, _SETTING)} for name, value in found.items() if value]


def _set(one: SetFigures) -> dict[str, Any]:
    worse = one.difference is not None and one.difference < 0
    # An interval that holds nothing but losses, or nothing but gains, is no luck.
    sure = one.interval is not None and (one.interval[1] < 0 or one.interval[0] > 0)
    change, _, interval = difference(one).partition("（")
    return {
        "title": excerpt(one.title, 20),
        "n": "" if one.n is None else f"{one.n:,} 题",
        "before": percent(one.before),
        "now": percent(one.now),
        "change": change,
        "interval": interval.rstrip("）"),
        "tone": "" if not one.difference else f"{'worse' if worse else 'better'}{'' if sure else '-maybe'}",
    }


def _regression(one: Regression) -> dict[str, str]:
    return {
        "set": excerpt(one.title, 20),
        "question": excerpt(one.question, _QUESTION),
        "key": excerpt(one.key, _REPLY),
        "before": excerpt(one.before, _REPLY),
        "now": excerpt(one.now, _REPLY),
    }


def _share(value: float, low: float, high: float) -> float:
    return 0.0 if high <= low else (value - low) / (high - low)
