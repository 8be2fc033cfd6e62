"""What the page needs from the rest of the bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.services.answer import Answer
from bot.services.arena import Battles, Choices, Comparing
from bot.services.changing import Notice
from bot.services.corrections import WithdrawService
from bot.services.corrections.feedback import FeedbackService
from bot.services.incoming import Incoming
from bot.services.passes import Passes
from store.cache import Cache


class Answers(Protocol):
    """The answer engine."""

    async def answer(self, incoming: Incoming) -> Answer: ...

    def stream(self, incoming: Incoming, notice: Notice | None = None) -> AsyncGenerator[str | Answer]:
        """Pieces of text, then exactly one answer whose text replaces them; *notice* says that it takes longer."""
        ...

    async def delivered(self, ask_id: int, reply_message_id: str | None) -> None: ...


@dataclass(frozen=True, slots=True)
class ConsoleStatus:
    """The status line."""

    questions: int
    """In the bank and usable."""
    model: Literal["online", "off", "down"]
    """Answering, not configured, or configured but not reachable now."""


@dataclass(frozen=True, slots=True)
class RoundServices:
    """What ``/rounds`` needs."""

    passes: Passes
    choices: Choices
    comparing: Comparing
    battles: Battles
    cache: Cache
    person: Callable[[str], str] = str
    """Whose votes those of an account are."""


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    answers: Answers
    feedback: FeedbackService
    withdrawing: WithdrawService
    status: Callable[[], ConsoleStatus]
    """Called for every page, so it must not wait for anything."""
    rounds: RoundServices
