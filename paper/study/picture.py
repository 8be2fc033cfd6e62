"""``/我的`` as one page for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paper.excerpts import excerpt
from paper.typesetting import typeset

_CATEGORIES = 8
_NAME = 5
_SAME = 0.03
"""A change of less than that is none."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of a category: shares of right answers, the one before ``None`` when unknown."""

    name: str
    rate: float
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Weakness:
    name: str
    told: str
    """In words how weak: ``33%，6 题``."""
    order: str
    """The command that helps."""


def standing(
    title: str,
    *,
    about: str,
    aside: str,
    tiles: Sequence[tuple[str, str]],
    rates: Sequence[Rate],
    due: Sequence[tuple[str, int]],
    weak: Sequence[Weakness],
    load: str = "",
    dark: bool = False,
) -> bytes:
    """A PNG; *tiles* are names and values, *due* days and how many reviews, *load* what limits
    them, if the member set it."""
    return typeset(
        "standing.typ",
        {
            "dark": dark,
            "title": excerpt(title, 14),
            "about": about,
            "aside": aside,
            "tiles": [{"name": name, "value": value} for name, value in tiles],
            "categories": [_rate(one) for one in rates[:_CATEGORIES]],
            "due": [{"day": day, "count": count} for day, count in due],
            "load": load,
            "due_total": str(sum(count for _, count in due)),
            "weak": [{"name": excerpt(one.name, 8), "told": one.told, "order": one.order} for one in weak],
        },
        "png",
    )


def _rate(one: Rate) -> dict[str, object]:
    change = 0.0 if one.before is None else one.rate - one.before
    tone = "" if abs(change) < _SAME else "up" if change > 0 else "down"
    trend = (
        "" if one.before is None else "持平" if not tone else f"{'+' if change > 0 else '−'}{abs(change) * 100:.0f} 点"
    )
    return {
        "name": excerpt(one.name, _NAME),
        "share": one.rate,
        "rate": f"{one.rate:.0%}",
        "trend": trend,
        "tone": tone,
    }
