"""How long to wait before a platform that did not answer is asked again."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST_S, _LONGEST_S = 3.0, 60.0


def pauses() -> Iterator[float]:
    """Seconds, each time twice as many, without end."""
    wait_s = _FIRST_S
    while True:
        yield wait_s
        wait_s = min(2 * wait_s, _LONGEST_S)
