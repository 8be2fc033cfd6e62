"""Whether a short answer names the number or the date of the key."""

from __future__ import annotations

import re

from bot.services.judging.facts import Found, facts, same_fact, whole_fact
from bot.services.judging.folding import form
from bot.services.judging.keys import Key
from bot.services.judging.particles import PIECES, harmless, loosely_harmless, stripped
from bot.services.judging.quantities import Quantity
from bot.services.judging.question import Verdict
from bot.services.matching.confusable import sound_alike
from bot.services.matching.lexicon import NEGATION

_LONGEST_NOUN = 2


def by_figure(key: Key, said: str) -> Verdict | None:
    """The verdict on a tidy text by its numbers; ``None`` where the key has none, or is not only a number."""
    found = facts(said, short_dates=key.short_dates) if key.facts else ()
    if _repeats(key, said):
        found = tuple(one for one in found if one.fact in key.facts)
    fitting = [one for one in found if _states(key, one)]
    if fitting and _alone(key, fitting[-1]):
        return Verdict(True, "数一样，写法不同")
    if not key.numeric:
        return None
    if fitting:
        twice = any(whole_fact(piece) is not None and _same_again(key, piece) for piece in PIECES.split(said))
        return Verdict(False, "不只说了答案", unsure=twice)
    if found and any(form(said) in one for one in key.forms):
        return Verdict(False, "只说了一部分", near="不全")
    return Verdict(False, "数不一样" if found else "要答的是数")


def _states(key: Key, found: Found) -> bool:
    return any(same_fact(fact, found.fact, key.stem_text) for fact in key.facts)


def _alone(key: Key, found: Found) -> bool:
    """Whether nothing stands beside the number but words of the stem, what is counted, or the same once more."""
    before, after = (PIECES.split(part) for part in (found.before, found.after))
    fact = found.fact
    if isinstance(fact, Quantity) and after[0]:
        noun = form(after[0])
        if not fact.unit and _unit_slip(key, noun):
            after = after[1:]
        elif fact.unit and key.numeric and len(noun) <= _LONGEST_NOUN and noun.isalpha() and noun[0] in key.stem:
            after = after[1:]  # 206块骨头
    # 第一 of 第一产业 is among its aliases, and 第一行业 is none of them.
    stem = key.stem if key.numeric else ""
    # What follows a bare number is its unit: 11队 is no number of players, though the stem speaks of teams.
    follows = loosely_harmless if isinstance(fact, Quantity) and fact.unit else harmless
    if not (loosely_harmless(form(before[-1]), stem) and follows(form("".join(after[:1])), stem)):
        return False
    return all(
        loosely_harmless(form(part), stem) or form(part) in key.forms or _same_again(key, part)
        for part in (*before[:-1], *after[1:])
    )


def _repeats(key: Key, said: str) -> bool:
    """Whether *said* is only what the stem says already: 1公顷 where it asks what one is."""
    whole = form(stripped(said))
    return not whole.isdigit() and re.search(rf"(?<!\d){re.escape(whole)}", key.stem) is not None


def _unit_slip(key: Key, rest: str) -> bool:
    """220福 for 220伏."""
    units = {fact.unit for fact in key.facts if isinstance(fact, Quantity) and len(fact.unit) == len(rest) == 1}
    return rest not in NEGATION and any(sound_alike(unit, rest) for unit in units)


def _same_again(key: Key, part: str) -> bool:
    """Whether *part* says the same once more: 五四宪法，1954年."""
    found = facts(part)
    return (
        len(found) == 1
        and _states(key, found[0])
        and all(harmless(form(beside), key.stem) for beside in (found[0].before, found[0].after))
    )
