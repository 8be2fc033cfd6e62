"""``/帮助`` as one page for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paper.typesetting import typeset


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that the bot can do."""

    title: str
    commands: Sequence[tuple[str, str]]
    """What is written, empty for a remark, and what it does."""


def overview(title: str, topics: Sequence[Topic], *, about: str, aside: str, foot: str, dark: bool = False) -> bytes:
    """A PNG, a card a topic; *foot* says where there is more."""
    return typeset(
        "help.typ",
        {
            "dark": dark,
            "title": title,
            "about": about,
            "aside": aside,
            "topics": [
                {
                    "title": topic.title,
                    "commands": [{"written": written, "does": does} for written, does in topic.commands],
                }
                for topic in topics
            ],
            "foot": foot,
        },
        "png",
    )
