"""What a decision is worth: the order in which reviewers see the queue."""

from __future__ import annotations

import math
from collections.abc import Mapping

CONFLICT, EXPIRED, UNANSWERED, VOTED_DOWN, DISAGREEMENT = 0.6, 0.7, 0.9, 0.4, 0.5
"""How doubtful each cause makes the answer, 0 to 1."""
TEMPTATION = 0.02
"""No answer is in doubt: whatever members are told wrongly comes first."""


def of_support(support: float) -> float:
    """Doubt that corrections cast, from what their reporters weigh (see ``corrections.trust``): 0.5 gives 0.33."""
    return support / (1 + support) if support > 0 else 0.0


def of_confidence(confidence: float) -> float:
    """Doubt of a model's answer that it gave with *confidence*, 0 to 1."""
    return min(1.0, max(0.0, 1 - confidence))


def gain(causes: Mapping[str, float], times_asked: int) -> float:
    """Demand times doubt.

    Demand is ``1 + log2(1 + times asked)``: the tenth asker adds less than the
    second. Doubt is a noisy-or of the causes: ``1 - Π(1 - p)``.
    """
    doubt = 1 - math.prod(1 - p for p in causes.values())
    return round((1 + math.log2(1 + times_asked)) * doubt, 4)
