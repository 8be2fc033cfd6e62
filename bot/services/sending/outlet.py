"""What a platform's door has to offer so that the planner can send proactive messages through it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.services.sending.post import Chat


class SendFailed(Exception):
    """A message did not go out, or nobody knows."""

    def __init__(self, code: str, *, perhaps: bool = False, text: str = "", retry_after_s: float = 0) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        """The platform's own code (``1200``, ``40034105``, ``http_429``), else what happened: ``not_connected``,
        ``no_token`` and ``no_such_chat`` before anything was sent, ``unconfirmed`` for a reply that did not come."""
        self.perhaps = perhaps
        """It may have gone out: never send it again without looking."""
        self.text = text
        """What the platform says about it."""
        self.retry_after_s = retry_after_s
        """How long the platform asks to be left alone; 0 when it does not say."""


class Outlet(Protocol):
    """One connected account."""

    @property
    def platform(self) -> str:
        """Whose rules hold: ``onebot11``, ``qq``, or anything else for the general ones."""
        ...

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        """Send *text* and, unless it is empty, a *picture* (PNG); the platform's id of it, "" when it gives none.

        As one message, or as many as the platform makes of a text of that length, the id of the first then standing
        for all. A post never has two pictures. With *reply_to* it goes out as a
        reply to that message of a member, numbered *seq* (QQ: ``msg_id`` and ``msg_seq``; the numbers are taken from
        :meth:`Planner.reply_seq`, also by whoever answers members). With *wakeup* it is QQ's call-back of a member
        who has been silent. Never tries twice: the planner decides about that.

        Raises:
            SendFailed: with ``perhaps`` unless it is certain that nothing went out, not even a part. Nothing else is raised.
        """
        ...

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        """Whether a message of ours with this *text* stands in the chat since *since*.

        ``False`` only when what the platform shows reaches back to before *since*; ``None`` when it cannot be told.
        """
        ...
