"""退订: a push is answered that it is not wanted any more, and that is meant."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from bot.services.incoming import Incoming
from bot.services.push import words
from store import subscriptions
from store.db import Sessions
from store.models import now

_WITHIN = timedelta(minutes=5)


class Stopping:
    """Who was asked whether it is meant is remembered by this process alone: lost, it is asked again."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        writing: AbstractAsyncContextManager[Any] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._sessions = sessions
        self._writing = writing or nullcontext()
        self._clock = clock
        self._asked: dict[tuple[str, str, str], tuple[datetime, int]] = {}

    async def concerns(self, incoming: Incoming, *, addressed: bool) -> bool:
        """Whether 退订 is said of ours: it quotes a push, or is said to us where there are some."""
        account, lane = incoming.account, incoming.lane
        async with self._sessions() as session:
            if incoming.quoted and await subscriptions.of_message(session, account, lane, incoming.quoted.message_id):
                return True
            return addressed and bool(await subscriptions.of_chat(session, account, lane))

    async def ask(self, incoming: Incoming) -> str:
        """Which one is not wanted any more, and whether that is meant."""
        account, lane = incoming.account, incoming.lane
        async with self._sessions() as session:
            known = await subscriptions.of_chat(session, account, lane)
            quoted = incoming.quoted and await subscriptions.of_message(
                session, account, lane, incoming.quoted.message_id
            )
        if quoted:
            known = [one for one in known if one.id == quoted.id]
            if not known:
                return words.STOPPED_ALREADY
        if not known:
            return words.NONE_HERE
        if len(known) > 1:
            now = self._clock()
            return words.STOP_MANY.format(len(known), "\n".join(words.summary_line(one, now) for one in known))
        self._asked[_who(incoming)] = (self._clock() + _WITHIN, known[0].id)
        return words.STOP_CHECK.format(words.when(known[0]))

    def may_confirm(self, incoming: Incoming) -> bool:
        """Whether the member was just asked."""
        asked = self._asked.get(_who(incoming))
        return asked is not None and self._clock() <= asked[0]

    def keep(self, incoming: Incoming) -> str:
        """The member did not mean it."""
        self._asked.pop(_who(incoming), None)
        return words.GOES_ON

    async def confirm(self, incoming: Incoming) -> str:
        """Stop what the member was asked about."""
        _, subscription_id = self._asked.pop(_who(incoming))
        async with self._writing, self._sessions.begin() as session:
            for one in await subscriptions.of_chat(session, incoming.account, incoming.lane):
                if one.id == subscription_id:
                    one.state = "stopped"
                    return words.stopped(one)
        return words.STOPPED_ALREADY


def _who(incoming: Incoming) -> tuple[str, str, str]:
    return incoming.account, incoming.lane, incoming.member_id
