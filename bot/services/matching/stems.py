"""Whether two stems ask the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from bot.services.matching.differences import Difference, differences
from bot.services.matching.lexicon import ASKED_FOR, EXTREME, SAYS_LITTLE, VITAL, weight

Company = Literal["options", "alone", "statement"]
"""What stands beside the asker's stem: the item's own telling options, nothing, or nothing because
the stem itself is to be judged right or wrong. It decides how much of the stem may be missing."""

_MOST_TYPOS = {"options": 0.25, "alone": 0.15, "statement": 0.1}
_LEAST_SHARED = {"options": 0.42, "alone": 0.8, "statement": 0.95}
"""Of the bank's stem, by weight of characters."""
_LEAST_MEANT = {"options": 0.5, "alone": 0.9, "statement": 0.95}
"""Of the asker's stem."""
_SHORTEST = 4
WORTH_A_LOOK = 55
"""Per cent of the shorter text that must stand together in the longer one."""
_SHORTEST_CUT = 6
_WAITING = ("是", "为", "称", "指", "于", "在", "叫", "有", "即")
_SHORT_STEM = 8
"""Characters below which each one counts."""
_LAST_CLAUSE = 16
"""Characters at the end of a stem in which its 不 decides what is asked."""


@dataclass(frozen=True, slots=True)
class StemFit:
    score: float
    """0 to 1: how much of both stems is shared, by weight of characters."""
    same: bool
    """The answer cannot differ."""
    whole: bool
    """Nothing is missing and nothing was added, misspellings aside."""
    misspelt: bool = False
    why_not: str = ""
    """English code of the first difference that matters; empty when :attr:`same`."""


def stem_fit(ours: str, theirs: str, company: Company) -> StemFit:
    """Compare normal forms or canonical texts: *ours* (the bank's) with *theirs* (the asker's)."""
    likeness = fuzz.partial_ratio(ours, theirs, score_cutoff=WORTH_A_LOOK)
    if not likeness:
        return StemFit(0.0, False, False, why_not="unlike")
    found = differences(ours, theirs)
    our_weight, their_weight = weight(ours), weight(theirs)
    missing = sum(weight(d.ours) for d in found if d.effect in ("lost", "changed"))
    extra = sum(weight(d.theirs) for d in found if d.effect in ("added", "changed"))
    shared, meant = _share(our_weight - missing, our_weight), _share(their_weight - extra, their_weight)
    score = 2 * shared * meant / (shared + meant) if shared + meant else 0.0
    why_not = (
        _other_focus(ours, theirs)
        or _why_not(found, ours, theirs, company)
        or _too_far(found, our_weight, shared, meant, company)
    )
    if why_not in ("missing", "negation") and company == "alone" and _is_cut(found, ours, theirs):
        why_not = ""
    whole = not any(d.effect in ("lost", "added", "changed") for d in found)
    misspelt = any(d.effect in ("typo", "misread") for d in found)
    return StemFit(score, not why_not, whole, misspelt, why_not)


def _other_focus(ours: str, theirs: str) -> str:
    """Who is not where and not which; a text that says none of them may ask for any."""
    mine, other = set(ASKED_FOR.findall(ours)), set(ASKED_FOR.findall(theirs))
    if mine and other:
        return "" if mine & other else "focus"
    # 爆发于 may want the year as well as the place.
    vague = theirs if mine else ours
    return "focus" if (mine | other) & {"何时", "何地"} and vague.endswith(("于", "在")) else ""


def _is_cut(found: Sequence[Difference], ours: str, theirs: str) -> bool:
    """Whether *theirs* is a good part of the sentence, cut off at one end, and no question of its own."""
    real = [difference for difference in found if difference.effect != "nothing"]
    if len(real) != 1 or not _is_lost_end(real[0], ours):
        return False
    if weight(theirs) < _SHORTEST_CUT or EXTREME.search(theirs) or _loses_focus(real[0].ours, theirs):
        return False
    # 又称 waits for what the bank goes on to say: that is what is asked, not what comes after it.
    if ours.startswith(theirs) and theirs.endswith(_WAITING):
        return False
    # A short piece that decides is a qualifier left out, not a cut.
    return real[0].weight >= _SHORTEST_CUT or not real[0].decisive


def _is_lost_end(difference: Difference, ours: str) -> bool:
    """Whether the head or tail is missing, and no negation that the question hangs on with it."""
    if difference.effect != "lost" or not difference.at_end:
        return False
    if not difference.negation:
        return True
    # What is asked stands in the last clause: a long passage before it may say 不 as it likes.
    kept = len(ours) - len(difference.ours)
    return ours.startswith(difference.ours) and kept >= _LAST_CLAUSE


def _loses_focus(lost: str, theirs: str) -> bool:
    """Whether the missing words ask for something that the rest does not name: 的作者是[哪国人]."""
    asked = ASKED_FOR.search(lost)
    if asked is None:
        return False
    noun = lost[asked.end() :]
    return not (SAYS_LITTLE.fullmatch(noun) or all(character in theirs for character in noun))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _why_not(found: Sequence[Difference], ours: str, theirs: str, company: Company) -> str:
    for difference in found:
        match difference.effect:
            case "changed":
                return "negation" if difference.negation else "decisive" if difference.decisive else "wording"
            case "lost" if difference.negation and not _is_lost_end(difference, ours):
                return "negation"
            case "added" if difference.negation:
                return "negation"
            case "misread" if company != "options":
                # 蜂 and 蝉 look alike too; only the options can tell that the one was meant.
                return "misread"
            case "lost" if not _may_lack(difference, theirs, company):
                return "missing"
            case "added" if not _may_add(difference, company):
                return "added"
            case _:
                continue
    return ""


def _may_lack(difference: Difference, theirs: str, company: Company) -> bool:
    if company == "statement":
        return difference.weight <= 1 and not difference.decisive
    if company == "options":
        # With the options to tell, a sentence cut short is still the same sentence.
        return difference.at_end or VITAL.isdisjoint(difference.ours)
    return not difference.decisive and not _loses_focus(difference.ours, theirs)


def _may_add(difference: Difference, company: Company) -> bool:
    if company != "options" or difference.decisive:
        return False
    return difference.at_end or difference.weight <= 1


def _too_far(found: Sequence[Difference], whole: int, shared: float, meant: float, company: Company) -> str:
    typos = sum(d.weight for d in found if d.effect in ("typo", "misread"))
    if typos > max(1, whole * _MOST_TYPOS[company]):
        return "typos"
    focus = _asked_for(found) if company == "alone" else 0
    shared += focus / whole if focus else 0
    if company == "alone" and whole < _SHORT_STEM and any(d.effect == "lost" and d.weight > focus for d in found):
        return "missing"
    if shared < _LEAST_SHARED[company] or whole * shared < min(_SHORTEST, whole):
        return "missing"
    return "added" if meant < _LEAST_MEANT[company] else ""


def _asked_for(found: Sequence[Difference]) -> int:
    """Weight of a closing 是哪部作品 that the asker left out: it says nothing that the rest does not."""
    last = found[-1] if found else None
    if last is None or last.effect != "lost" or not last.at_end or last.decisive:
        return 0
    asked = ASKED_FOR.search(last.ours)
    return last.weight if asked and asked.start() <= 1 else 0
