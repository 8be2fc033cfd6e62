"""A proactive message, which answers nobody, and the receipt that says what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

State = Literal["sent", "perhaps", "refused", "later"]


@dataclass(frozen=True, slots=True)
class Chat:
    """Where a message goes."""

    account: str
    """The bot's account that serves the chat: ``qq:10001``; stored when the chat was first heard, never guessed."""
    lane: str
    """``qq:67890``: the group, or the member in private."""
    group: bool
    """Whether ``lane`` is a group."""


@dataclass(frozen=True, slots=True)
class Post:
    """Sent once or not at all."""

    chat: Chat
    text: str
    """Complete by itself: where no picture goes, this is all."""
    picture: bytes = b""
    """PNG."""
    caption: str = ""
    """In place of the text where the picture goes; empty for the text itself."""
    key: str = ""
    """The same key is never sent twice by any process: ``push:17:2026-11-30``; empty for no such promise."""
    not_after: datetime | None = None
    """Aware; after it the message is no use any more and is refused as ``too_late``."""
    unwanted: Callable[[AsyncSession], Awaitable[str]] | None = None
    """Asked within the transaction that gives leave to send, which may be long after the call: a reason code when
    nobody wants the post any more, else empty."""

    @property
    def shown(self) -> str:
        """The words that go out."""
        return self.caption if self.picture and self.caption else self.text


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a post."""

    state: State
    """``sent``: the platform confirmed it; ``perhaps``: it may have gone out and is not sent again; ``refused``: it
    did not and will not, for ``reason``; ``later``: not before ``after``, when the caller may ask again."""
    reason: str = ""
    """A short code, ``muted``, ``daily_cap``, ``window_closed``, …; see ``words`` for what an admin reads."""
    message_id: str = ""
    after: datetime | None = None


class Sender(Protocol):
    """Whoever knows what the platforms allow."""

    async def send(self, post: Post) -> Receipt:
        """Never raises for what a platform does."""
        ...
