"""Characters that an input method or a camera puts in each other's place.

``confusable.txt`` is made by ``benchmarks/make_confusables.py``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.services.matching.lexicon import TOLD_APART

_TABLE = Path(__file__).with_name("confusable.txt")
# Input methods of the south do not tell these apart.
_BLURRED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"), ("l", "n"))

_NOTHING: tuple[frozenset[str], str] = frozenset(), ""


@cache
def _table() -> dict[str, tuple[frozenset[str], str]]:
    """Readings without tones, and look-alikes, of each character."""
    table: dict[str, tuple[frozenset[str], str]] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        character, readings, *alike = line.split(" ")
        table[character] = frozenset(map(_blurred, readings.split(","))), "".join(alike)
    return table


def _blurred(reading: str) -> str:
    for sharp, blurred in _BLURRED:
        reading = reading.replace(sharp, blurred)
    return reading


def sound_alike(one: str, other: str) -> bool:
    """Whether two single characters may share a reading, and are no known pair of different words."""
    readings = _readings(one) & _readings(other)
    return bool(readings) and frozenset((one, other)) not in TOLD_APART


def look_alike(one: str, other: str) -> bool:
    """Whether one of two single characters may be read as the other, and they are no known pair of different words."""
    looks = other in _table().get(one, _NOTHING)[1] or one in _table().get(other, _NOTHING)[1]
    return looks and frozenset((one, other)) not in TOLD_APART


def _readings(character: str) -> frozenset[str]:
    return _table().get(character, _NOTHING)[0]
