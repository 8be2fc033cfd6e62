"""The differences between two texts, and what each can do to the answer; numbers, negations and other deciding words change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from bot.services.matching.confusable import look_alike, sound_alike
from bot.services.matching.lexicon import DECISIVE, NEGATION, rivals, weight

Effect = Literal["nothing", "typo", "misread", "lost", "added", "changed"]
"""nothing leaves the question as it is, so do most typos (another character of the same sound, two
swapped) and many misread characters (that look alike); lost and added are words on one side only;
changed may change the answer."""

_LONGEST_TYPO = 3
_DATE_UNITS = frozenset("年月日号")


@dataclass(frozen=True, slots=True)
class Difference:
    ours: str
    """What the bank has here."""
    theirs: str
    """What the asker has here."""
    effect: Effect
    at_end: bool
    """At the head or tail of the bank's text: what a cut sentence loses."""
    decisive: bool = False
    """Holds a word or number that decides answers."""
    negation: bool = False

    @property
    def weight(self) -> int:
        """Characters that carry meaning; two swapped ones are one slip."""
        if self.effect == "typo" and sorted(self.ours) == sorted(self.theirs):
            return 1
        return max(weight(self.ours), weight(self.theirs))


def differences(ours: str, theirs: str) -> list[Difference]:
    """All differences between two canonical texts, in order."""
    return [_judged(*block, ours, theirs) for block in _blocks(ours, theirs)]


def _blocks(ours: str, theirs: str) -> Iterator[tuple[int, int, int, int]]:
    """Spans that differ, as start and end in each text; spans one character apart count as one when they swap."""
    held: tuple[int, int, int, int] | None = None
    for step in Levenshtein.opcodes(ours, theirs):
        if step.tag == "equal":
            continue
        a, b, c, d = step.src_start, step.src_end, step.dest_start, step.dest_end
        if held is not None and a - held[1] <= 1 and sorted(ours[held[0] : b]) == sorted(theirs[held[2] : d]):
            held = (held[0], b, held[2], d)
            continue
        if held is not None:
            yield held
        held = (a, b, c, d)
    if held is not None:
        yield held


def _judged(a: int, b: int, c: int, d: int, ours: str, theirs: str) -> Difference:
    mine, other = ours[a:b], theirs[c:d]
    at_end = a == 0 or b == len(ours)
    decisive = _decisive(mine) or _decisive(other)
    negation = bool(NEGATION & set(mine + other))
    effect: Effect
    if not weight(mine) and not weight(other) and not negation:
        effect = "nothing"
    elif _follows_number(mine, other, ours, a) or _doubled(mine, other, theirs, c):
        effect, decisive = "nothing", False
    elif mine and other:
        effect = _substitution(mine, other)
    else:
        effect = "lost" if mine else "added"
    return Difference(mine, other, effect, at_end, decisive, negation)


def _decisive(text: str) -> bool:
    return not DECISIVE.isdisjoint(text) or any(map(str.isascii, text))


def _substitution(mine: str, other: str) -> Literal["typo", "misread", "changed"]:
    if len(mine) != len(other) or len(mine) > _LONGEST_TYPO:
        return "changed"
    if sorted(mine) == sorted(other):
        return "changed" if NEGATION & set(mine) or sum(map(str.isascii, mine)) > 1 else "typo"
    pairs = [(x, y) for x, y in zip(mine, other, strict=True) if x != y]
    if any(x.isascii() or y.isascii() or {x, y} & NEGATION or rivals(x, y) for x, y in pairs):
        return "changed"
    if all(sound_alike(x, y) for x, y in pairs):
        return "typo"
    return "misread" if all(sound_alike(x, y) or look_alike(x, y) for x, y in pairs) else "changed"


def _follows_number(mine: str, other: str, ours: str, start: int) -> bool:
    """年 in 1921年, which many leave out."""
    text = mine or other
    lone = not (mine and other) and len(text) == 1 and text in _DATE_UNITS
    return lone and start > 0 and ours[start - 1].isdigit()


def _doubled(mine: str, other: str, theirs: str, start: int) -> bool:
    """A character typed twice."""
    if mine or len(other) != 1 or other.isascii():
        return False
    return theirs[start - 1 : start] == other or theirs[start + 1 : start + 2] == other
