"""A small cache of recent results in memory, for whoever asks the same again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The newest *places* results, each for *for_s* seconds; 0 of either remembers nothing."""

    def __init__(self, *, places: int, for_s: float) -> None:
        self._places = places
        self._for_s = for_s
        self._kept = OrderedDict[Hashable, tuple[float, T]]()

    def get(self, key: Hashable) -> T | None:
        """What was kept under *key*, unless it is too old."""
        found = self._kept.get(key)
        if found is None:
            return None
        until, result = found
        if time.monotonic() >= until:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return result

    def keep(self, key: Hashable, result: T) -> None:
        """Keep *result*; what nobody asked for longest makes way for it."""
        if not self._places or not self._for_s:
            return
        self._kept[key] = (time.monotonic() + self._for_s, result)
        self._kept.move_to_end(key)
        if len(self._kept) > self._places:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Keep nothing of what there is."""
        self._kept.clear()
