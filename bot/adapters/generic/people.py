"""Who speaks, by the platform's own word: asked once in a while, for it may take several calls."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from loguru import logger
from nonebot.adapters import Bot, Event
from nonebot_plugin_uninfo import Session
from nonebot_plugin_uninfo import get_session as _get_session  # pyright: ignore[reportUnknownVariableType]

_VALID_S = 600
"""A new admin waits no longer to be known as one."""
_KEPT = 4096
_RUNS_THE_GROUP = {"OWNER", "ADMINISTRATOR", "CHANNEL_ADMINISTRATOR"}


@dataclass(frozen=True, slots=True)
class Person:
    name: str = ""
    runs_the_group: bool = False


class People:
    """Of all chats of one account."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._known: OrderedDict[tuple[str, str], tuple[float, Person]] = OrderedDict()

    async def sender(self, event: Event, place: str) -> Person:
        """Who sent *event* in *place*; somebody without a name when the platform does not say."""
        key, now = (place, event.get_user_id()), time.monotonic()
        known = self._known.get(key)
        if known is not None and now - known[0] < _VALID_S:
            return known[1]
        try:
            session = await _get_session(self._bot, event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message is there and wants an answer
            logger.info("{} did not say who speaks: {}", self._bot.adapter.get_name(), type(error).__name__)
            return Person()
        person = _person(session)
        self._known[key] = (now, person)
        self._known.move_to_end(key)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return person


def _person(session: Session | None) -> Person:
    if session is None:
        return Person()
    member = session.member
    name = (member.nick if member else None) or session.user.nick or session.user.name or ""
    roles = {role.id.upper() for role in member.roles} if member else set[str]()
    return Person(name, bool(roles & _RUNS_THE_GROUP))
