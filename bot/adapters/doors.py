"""What the bot's plugins know of a platform: an account of it that is connected, and what happens there.

Every platform makes its own :class:`Door`; nothing behind it knows which one it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Literal, Protocol, runtime_checkable

from bot.services.downloads import Place
from bot.services.incoming import Incoming
from bot.services.polls import PollBook
from bot.services.sending.limits import Limits
from bot.services.sending.outlet import Outlet
from bot.services.sending.post import Chat

Kind = Literal["picture", "buttons", "edit", "recall", "file"]
"""What an account can do besides writing text."""


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file that a member dropped into a chat."""

    name: str
    """:func:`last_part` of what the sender called it."""
    member_id: str
    chat: Chat
    place: Place
    """An empty address when the platform does not say where it lies."""
    size: int = 0
    """Bytes as the platform says; 0 when it does not."""


def last_part(name: str) -> str:
    """*name* without the folders that either kind of system would see in it."""
    return PureWindowsPath(PurePosixPath(name).name).name


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, a button that was pressed or a vote, and what the platform says about it."""

    incoming: Incoming
    to_me: bool
    """It is in private, or begins with an @ of the bot or its name, or quotes it."""
    sent_at: int = 0
    """Seconds since 1970 by the platform's clock; tells two messages of one id apart."""
    by_group_admin: bool = False
    """The platform says that the sender runs the group."""
    mentioned: tuple[str, ...] = ()
    """Members that were addressed with @, besides the bot."""
    file: OfferedFile | None = None
    pressed: str = ""
    """:attr:`Choice.about` of the button, or :attr:`Poll.about`; ``incoming.text`` is then what it says."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """A thumb that somebody put under a message or took away."""

    member_id: str
    message_id: str
    rating: Literal[1, -1]
    """Which thumb it is."""
    added: bool
    """Put there; otherwise taken away."""


@dataclass(frozen=True, slots=True)
class ChatChange:
    """The platform says that the bot may do more or less in a chat than before."""

    chat: Chat
    what: Literal["muted", "unmuted", "unasked_allowed", "unasked_refused", "joined", "left"]
    until: datetime | None = None
    """When a mute ends by itself, aware."""


Happening = Arrival | OfferedFile | Reaction | ChatChange


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a message, where the platform has such."""

    label: str
    says: str
    """What whoever presses it is taken to say."""
    about: str = ""
    """Comes back in :attr:`Arrival.pressed`: what the button belongs to."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A question that is answered by choosing among options, where the platform has polls."""

    lead: str
    """What is said before the question; may be empty."""
    question: str
    options: tuple[str, ...]
    says: tuple[str, ...]
    """What whoever chooses an option is taken to say, one for each; of several they are joined."""
    about: str
    """As :attr:`Choice.about`; an earlier poll about the same is stopped."""
    open_s: float
    """How long votes count, in seconds, if nobody stops it before."""
    several: bool = False
    """More than one option may be chosen."""
    key: int | None = None
    """The place of the right option, from 0, when everybody may see it who has chosen; else ``None``."""
    explanation: str = ""
    """Shown with the key."""


class Numbers(Protocol):
    """Numbers answers where a platform drops the second one of a number."""

    async def __call__(self, chat: Chat, message_id: str) -> int | None:
        """The number of the next answer to a member's message, given to nobody else; ``None``: no more fit."""
        ...


class Door(Outlet, Protocol):
    """One connected account of a platform. What it cannot send it raises as :class:`SendFailed`, and nothing else."""

    @property
    def account(self) -> str:
        """``qq:10001``, as the database writes it."""
        ...

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it can do besides writing text; the rest is left out of what is sent, or refused."""
        ...

    async def read(self, event: Any) -> Happening | None:
        """What *event* is to the bot; ``None`` when it is nothing, or its own doing."""
        ...

    async def reply(
        self, incoming: Incoming, text: str, picture: bytes = b"", choices: Sequence[Choice] = ()
    ) -> str | None:
        """Send *text*, and a *picture* (PNG) below it, to where *incoming* came from; the platform's id of it.

        In a group the message is quoted, where the platform quotes. What a platform does not take in one message goes
        in several: the id is the first one's and stands for all of them in :meth:`edit`, :meth:`recall` and quotes.

        Raises:
            SendFailed: it was refused, or nobody knows whether it went out; ``perhaps`` also when only a part of it did.
        """
        ...

    async def say(
        self, chat: Chat, text: str, picture: bytes = b"", *, mention: str = "", choices: Sequence[Choice] = ()
    ) -> str | None:
        """Send where no message is answered; with *mention* (a member's id) that member is addressed in a group.

        Raises:
            SendFailed: as :meth:`reply`.
        """
        ...

    async def edit(self, chat: Chat, message_id: str, text: str) -> None:
        """Put *text* in the place of a message of ours, cut to what fits into one; only with ``edit`` among the kinds.

        Raises:
            SendFailed: it stands as it was, or nobody knows.
        """
        ...

    async def recall(self, chat: Chat, message_id: str) -> None:
        """Take back a message of ours; only with ``recall`` among the kinds.

        Raises:
            SendFailed: it still stands, or nobody knows.
        """
        ...

    async def hand_over(self, member_id: str, name: str, data: bytes) -> None:
        """Send the member a file in private.

        Raises:
            SendFailed: as :meth:`reply`; ``no_files`` without ``file`` among the kinds.
        """
        ...

    def keep_to(self, limits: Limits, numbers: Numbers) -> None:
        """Answer members within *limits*, and take the numbers of answers from *numbers*: whatever else is sent takes
        them there too."""
        ...


@runtime_checkable
class PollDoor(Protocol):
    """What a :class:`Door` can do besides, where the platform has polls. A vote is read as an :class:`Arrival` that
    was pressed, without a message that could be quoted."""

    def keep_polls(self, book: PollBook) -> None:
        """Write polls into *book*, and find there what a vote belongs to. No poll is put up before."""
        ...

    async def ask(self, chat: Chat, text: str, poll: Poll) -> None:
        """Put *poll* up in *chat*; or say *text*, which is all of it, where the platform takes no such poll.

        Raises:
            SendFailed: as :meth:`Door.say`.
        """
        ...

    async def stop_polls(self, about: str) -> None:
        """Let nobody vote in the polls *about* something any more, if the platform can be reached; never raises."""
        ...
