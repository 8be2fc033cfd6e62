"""What follows from a platform's refusal: for the message, its chat and its account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Only ``perhaps`` leaves open whether the message went out; all others are certain that it did not."""

    state: Literal["perhaps", "refused", "later", "otherwise"]
    """``otherwise``: this way is closed, another may be open."""
    reason: str
    pause_s: float = 0
    """How long to wait, with ``later``; 0 for the planner's own pause."""
    muted: bool = False
    """The chat lets nobody, or not the bot, speak."""
    no_proactive: bool = False
    """The chat takes nothing unasked."""
    window_closed: bool = False
    """The member's message cannot be answered any more."""
    no_links: bool = False
    """It was the web address in the text."""
    stand_down: bool = False
    """The platform suspects the account."""
