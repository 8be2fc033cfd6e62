"""Whether two sets of options are the same, and which of the asker's options is which of the bank's."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.matching.differences import differences
from bot.services.matching.lexicon import canonical
from store.wording import option_form

_TELLING = 6
"""Characters that all options together must have, numbers and what stands in each of them aside."""
_NUMBERS = frozenset("0123456789〇零一二三四五六七八九十百千万亿两年月日世纪点分之")


def pair_options(ours: Sequence[str], theirs: Sequence[str]) -> tuple[int, ...] | None:
    """For each of the asker's options the place of the bank's option that it is; ``None`` unless all have one.

    One option more or less makes another question. Misspellings are seen
    through when they leave only one option that could be meant.
    """
    if len(theirs) != len(ours):
        return None
    bank = [option_form(option) for option in ours]
    asked = [option_form(option) for option in theirs]
    pairs = [bank.index(form) if form in bank else -1 for form in asked]
    for at, place in enumerate(pairs):
        if place < 0:
            free = [i for i in range(len(bank)) if i not in pairs]
            meant = [i for i in free if _misspelt(bank[i], asked[at])]
            if len(meant) != 1:
                return None
            pairs[at] = meant[0]
    return tuple(pairs) if len(set(pairs)) == len(pairs) else None


def telling(options: Sequence[str]) -> bool:
    """Whether the options alone nearly name their question, as four book titles do and four numbers do not."""
    forms = [set(option_form(option)) - _NUMBERS for option in options]
    shared = set[str].intersection(*forms) if forms else set[str]()
    own = [character for form in forms for character in form - shared if not character.isascii()]
    return len(own) >= _TELLING


def _misspelt(ours: str, theirs: str) -> bool:
    ours, theirs = canonical(ours), canonical(theirs)
    found = differences(ours, theirs)
    if any(d.effect == "changed" or d.negation or (d.decisive and d.effect not in ("typo", "misread")) for d in found):
        return False
    wrong = sum(d.weight for d in found if d.effect != "nothing")
    return wrong <= (1 if len(ours) <= 6 else len(ours) // 5)
