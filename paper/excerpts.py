"""A text cut to what a line on a phone holds."""

from __future__ import annotations

import unicodedata

_UNDRAWN = {"So", "Sk", "Cs", "Co", "Cn", "Cf", "Cc", "Mn", "Me"}
"""Emoji, marks and what no font of ours has: a nickname holds anything."""


def drawable(name: str, otherwise: str) -> str:
    """*name* without what would be drawn as a box; *otherwise* when nothing is left."""
    kept = "".join(char for char in name if unicodedata.category(char) not in _UNDRAWN)
    return " ".join(kept.split()) or otherwise


def excerpt(text: str, most: int = 80) -> str:
    """*text* on one line, at most *most* characters, the last one ``…`` when something is missing."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
