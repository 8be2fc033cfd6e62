"""How much a member's word weighs, from what reviewers made of it before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Outcomes = Mapping[str, tuple[int, int]]
"""Accepted and rejected corrections by member."""

_SHADOW_BELOW = 0.3
_SHADOW_AFTER = 3
_NEWCOMERS = 0.5
"""What all members without a record weigh together: more accounts do not make more weight."""


def trust(outcomes: tuple[int, int]) -> float:
    """0 to 1: the mean of a Beta(1, 1) prior after the outcomes (Laplace's rule of succession)."""
    accepted, rejected = outcomes
    return (accepted + 1) / (accepted + rejected + 2)


def shadowed(outcomes: tuple[int, int]) -> bool:
    """Whether the member's corrections wait at the end of the queue: at least three were rejected, hardly one taken."""
    return outcomes[1] >= _SHADOW_AFTER and trust(outcomes) < _SHADOW_BELOW


def support(members: Iterable[str], outcomes: Outcomes) -> float:
    """What these members together weigh for one answer.

    Each one with an accepted correction weighs its trust; all the others weigh
    together no more than one newcomer, for they may be one person.
    """
    known = newcomers = 0.0
    for member in sorted(set(members)):
        record = outcomes.get(member, (0, 0))
        if shadowed(record):
            continue
        if record[0]:
            known += trust(record)
        else:
            newcomers = max(newcomers, min(_NEWCOMERS, trust(record)))
    return known + newcomers
