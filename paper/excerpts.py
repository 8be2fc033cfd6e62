"""A text cut to what a line on a phone holds."""

from __future__ import annotations


def excerpt(text: str, most: int = 80) -> str:
    """*text* on one line, at most *most* characters, the last one ``…`` when something is missing."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
