"""The minute in which the teams of a relay are formed."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services.incoming import Incoming
from bot.services.quiz import words
from bot.services.quiz.clock import Clock
from bot.services.quiz.course import Course
from bot.services.quiz.record import Record
from bot.services.quiz.relay import Relay
from store.models import now

_JOIN_S = 60
_LEAST_LEFT = timedelta(seconds=15)


class Gathering:
    """Only who has the game's turn calls it."""

    def __init__(self, record: Record, relay: Relay, course: Course, clock: Clock) -> None:
        self._record = record
        self._relay = relay
        self._course = course
        self._clock = clock
        self.closes_at: datetime = record.quiz.started_at + timedelta(seconds=_JOIN_S)
        """When the game begins, if both teams have somebody."""

    async def invite(self, *, after_a_break: bool) -> None:
        """Ask who plays; again *after_a_break* of the bot, with a little time for who did not get through."""
        if after_a_break:
            self.closes_at = max(self.closes_at, now() + _LEAST_LEFT)
            text = f"{words.BACK}\n{words.STILL_JOINING}"
        else:
            text = words.joining(len(self._record.items), _JOIN_S)
        self._clock.wind_up()
        await self._course.say(text)

    async def join(self, incoming: Incoming) -> str:
        """A member wants to play, or comes back; what to tell it."""
        return "" if self._record.over else await self._relay.join(incoming)

    async def begin(self) -> str | None:
        """Ask the first question; a sentence when a team has nobody yet."""
        if not self._relay.ready:
            return words.NO_TEAM_YET
        await self._record.change(state="running")
        opening = words.opening("relay", len(self._record.items), alone=False)
        await self._course.next(f"{opening}\n{words.line_up(self._relay.players)}")
        return None

    async def close(self) -> None:
        """The minute is over."""
        if await self.begin() is not None:
            await self.call_off("idle")
            await self._course.say(words.NOBODY_JOINED)

    async def call_off(self, why: str) -> None:
        """There will be no game."""
        await self._course.end(why)
