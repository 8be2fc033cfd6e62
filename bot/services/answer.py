"""What every front door gets back for a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.services.passport import Passport


@dataclass(frozen=True, slots=True)
class Answer:
    ask_id: int
    """Row of the stored exchange."""
    state: Literal["answered", "refused", "failed"]
    text: str
    """What the member reads: the answer or one plain sentence why there is none."""
    passport: Passport
    reason: str = ""
    """English code of a refusal or failure: ``not_in_bank``, ``too_long``, ``model_timeout``, …"""
    question_id: int | None = None
