"""A daily digest in the morning and in the evening, each as one tall page for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paper.excerpts import drawable, excerpt
from paper.typesetting import typeset

NOBODY = "某位成员"
_PLAYERS = 12
_NAME, _STEM, _KEY = 11, 40, 60


@dataclass(frozen=True, slots=True)
class AskedFact:
    """A question as it is asked."""

    number: int
    kind: str
    """多选, 判断; empty for what needs no word."""
    category: str
    stem: str
    options: Sequence[tuple[str, str]]
    """Letters and texts."""


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A question with its key and how it was answered."""

    number: int
    stem: str
    key: str
    why: str
    right: int
    answered: int


@dataclass(frozen=True, slots=True)
class PlayerFact:
    name: str
    right: int
    streak: str
    """In words: 连着 12 天; empty when there is nothing to tell."""


def questions(
    title: str, items: Sequence[AskedFact], *, about: str, aside: str, foot: Sequence[str], dark: bool = False
) -> bytes:
    """A PNG of all *items* in full; *foot* says how to answer."""
    return typeset(
        "digest.typ",
        {
            "dark": dark,
            "title": title,
            "about": about,
            "aside": aside,
            "items": [
                {
                    "number": str(one.number),
                    "kind": one.kind,
                    "category": one.category,
                    "stem": " ".join(one.stem.split()),
                    "options": [{"letter": letter, "text": " ".join(text.split())} for letter, text in one.options],
                    "short": all(len(text) <= 8 for _, text in one.options),
                }
                for one in items
            ],
            "foot": list(foot),
        },
        "png",
    )


def evening(
    title: str,
    items: Sequence[KeyFact],
    players: Sequence[PlayerFact],
    *,
    about: str,
    aside: str,
    dark: bool = False,
) -> bytes:
    """A PNG of all keys and the first twelve *players*; none are shown where somebody practises alone."""
    count, more = len(items), len(players) - _PLAYERS
    return typeset(
        "digest_key.typ",
        {
            "dark": dark,
            "title": title,
            "about": about,
            "aside": aside,
            "items": [
                {
                    "number": str(one.number),
                    "stem": excerpt(one.stem, _STEM),
                    "key": excerpt(one.key, _KEY),
                    "why": one.why,
                    "share": one.right / one.answered if one.answered else 0,
                    "told": f"{one.right}/{one.answered}" if players else "",
                }
                for one in items
            ],
            "players": [
                {
                    "name": excerpt(drawable(one.name, NOBODY), _NAME),
                    "share": one.right / count if count else 0,
                    "told": f"{one.right}/{count}",
                    "perfect": one.right == count,
                    "streak": one.streak,
                }
                for one in players[:_PLAYERS]
            ],
            "more": f"还有 {more} 人" if more > 0 else "",
        },
        "png",
    )
