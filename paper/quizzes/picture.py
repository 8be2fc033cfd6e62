"""Scores of a game and of a board, as one page for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paper.excerpts import drawable, excerpt
from paper.typesetting import typeset
from store.quizzes import Score

_ROWS = 10
_MEDALS = 3
_ITEMS = 12
_NAME, _STEM, _KEY = 11, 34, 30
NOBODY = "某位成员"


@dataclass(frozen=True, slots=True)
class ItemFact:
    """A question of a game and how it was answered."""

    number: int
    stem: str
    key: str
    right: int
    answered: int


def scores(
    title: str,
    rows: Sequence[Score],
    *,
    about: str = "",
    aside: str = "",
    items: Sequence[ItemFact] = (),
    quickest: str = "",
    dark: bool = False,
) -> bytes:
    """A PNG of the first ten *rows*, and of what was asked, if anything."""
    top = max((row.points for row in rows), default=0)
    more = len(rows) - _ROWS
    return typeset(
        "scores.typ",
        {
            "dark": dark,
            "title": title,
            "about": about,
            "aside": aside,
            "rows": [
                {
                    "name": excerpt(drawable(row.name, NOBODY), _NAME),
                    "points": str(row.points),
                    "right": str(row.right),
                    "answered": str(row.answered),
                    "share": row.points / top if top > 0 else 0,
                    "medal": place < _MEDALS and row.points > 0,
                }
                for place, row in enumerate(rows[:_ROWS])
            ],
            "more": f"还有 {more} 人" if more > 0 else "",
            "items": [_item(one) for one in items[:_ITEMS]],
            "quickest": quickest,
        },
        "png",
    )


def _item(one: ItemFact) -> dict[str, object]:
    return {
        "number": str(one.number),
        "stem": excerpt(one.stem, _STEM),
        "key": excerpt(one.key, _KEY),
        "share": one.right / one.answered if one.answered else 0,
        "told": f"{one.right}/{one.answered}",
    }
