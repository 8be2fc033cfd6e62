"""What the form of ``/rounds`` asks, and of whom."""

from __future__ import annotations

from dataclasses import dataclass

from bot.console.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Wanted:
    question: str = ""
    round: str = ""
    """Digits, or whatever somebody made up."""
    alone: bool = False
    """That round only, instead of the serving one beside it."""

    @property
    def number(self) -> int:
        """The round's.

        Raises:
            Refusal: none is named.
        """
        if not (self.round.isascii() and self.round.isdecimal() and len(self.round) < 10):
            raise Refusal(422, "先选一轮。")
        return int(self.round)
