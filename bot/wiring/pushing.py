"""Daily practice: when it is due, what it asks, how it goes out, and what is answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.services.digest.answering import DigestAnswers
from bot.services.digest.picture import draw_evening, draw_morning
from bot.services.digest.provider import DigestContent
from bot.services.push.clock import PushClock
from bot.services.push.delivering import Delivering
from bot.services.push.desk import PushDesk
from bot.services.push.holidays import HolidaysConfig, announce
from bot.services.push.stopping import Stopping
from bot.services.sending import Planner, SendingConfig
from bot.services.study.learning import Learner
from bot.wiring.base import Base


@dataclass(frozen=True, slots=True)
class Pushing:
    sending: Planner
    desk: PushDesk
    stopping: Stopping
    clock: PushClock
    digests: DigestAnswers


@asynccontextmanager
async def open_pushing(base: Base, learner: Learner) -> AsyncGenerator[Pushing]:
    """The send planner, and the clock that pushes are due by; it starts with the front door.

    Raises:
        SettingsError: a table of ``bot.toml`` cannot be used.
    """
    sessions, writing = base.sessions, base.writing
    announce(base.settings.table("holidays", HolidaysConfig))
    sending = Planner(sessions, writing, base.settings.table("sending", SendingConfig))
    content = DigestContent(sessions, draw=draw_morning, draw_evening=draw_evening, writing=writing)
    clock = PushClock(sessions, Delivering(sessions, content, sending, writing=writing), writing=writing)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(sending.aclose)
        stack.push_async_callback(clock.stop)
        yield Pushing(
            sending=sending,
            desk=PushDesk(sessions, soon=clock.tick, writing=writing),
            stopping=Stopping(sessions, writing=writing),
            clock=clock,
            digests=DigestAnswers(sessions, answered=learner.told, writing=writing),
        )
