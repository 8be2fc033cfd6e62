"""What a push says: asked for when it is due, and once more after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from store.models import Subscription

STOP_WORD = "退订"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Ready to be sent."""

    text: str
    """Complete by itself; with :data:`STOP_WORD`, so that everybody knows how to be rid of it."""
    picture: bytes = b""
    """PNG."""
    caption: str = ""
    """In place of the text where the picture goes; with the word too."""
    digest_id: int | None = None
    """The quiz that takes the answers; without one nobody can tell whether there were any."""
    asked_at: datetime | None = None
    """When the questions were made: by that moment they say when their key comes, however long they wait to go out."""
    instead: str = ""
    """Why this is said in place of questions: the ledger's reason for skipping them."""


class Content(Protocol):
    """Whoever chooses the questions and words what comes of them.

    After a crash the same delivery is prepared again: it must come out the same, or the answers to what had already
    been sent would be judged by other questions.
    """

    async def prepare(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        """The questions of *local_date*; ``None`` when there is nothing to ask."""
        ...

    async def summary(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        """What came of the questions of *local_date*; ``None`` when there is nothing to say."""
        ...
