"""A message as every service sees it, whatever front door it came through."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.services.downloads import Place

WEB = "web"
"""The account that is asked on the web page."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a reply quotes."""

    message_id: str
    ours: bool
    """The bot wrote it."""
    text: str = ""
    pictures: tuple[Place, ...] = ()
    """As :attr:`Incoming.pictures`."""


@dataclass(frozen=True, slots=True)
class Incoming:
    account: str
    """The bot's account that was asked: ``qq:10001``, ``web``, ``terminal``."""
    member_id: str
    """Who it is: ``qq:12345``, ``web:…``, ``terminal:local``; of bound accounts the main one."""
    text: str
    """Plain text, without @, quote marks or command word."""
    group_id: str | None = None
    """``qq:67890``; ``None`` in private, on the web page and in a terminal."""
    member_name: str = ""
    message_id: str = ""
    pictures: tuple[Place, ...] = ()
    """Where the pictures beside the text lie; an empty address for one that has none."""
    unreadable: int = 0
    """Cards, files, recordings and segments of unknown type beside the text."""
    quoted: Quoted | None = None
    speaker_id: str = ""
    """The account that wrote it, where that is bound to another one; ask for :attr:`speaker`."""
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def speaker(self) -> str:
        """The account that wrote it: who is answered, and whose rights count."""
        return self.speaker_id or self.member_id

    @property
    def lane(self) -> str:
        """The chat, which queues together for the model: a group, or one account in private."""
        return self.group_id or self.speaker
