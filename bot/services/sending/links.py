"""Texts for platforms that refuse web addresses."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s，。；！？、）》」』】]+"
    # Bare names are taken for addresses too.
    r"|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|me|top|xyz|gov|edu|cc|dev|app)(?![\w.])(?:[/:?#][^\s，。；！？、）》」』】]*)?",
    re.IGNORECASE,
)


def without_links(text: str) -> str:
    """*text* with （链接） in the place of each web address."""
    return _LINK.sub("（链接）", text)
