"""One game: what members do to it. What it knows is in the database before anybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from bot.services.incoming import Incoming
from bot.services.judging import Given, Question
from bot.services.quiz import words
from bot.services.quiz.asked import hint_of, question_of
from bot.services.quiz.clock import Clock
from bot.services.quiz.course import Course, Outlet
from bot.services.quiz.gathering import Gathering
from bot.services.quiz.hearing import Hearing, Told
from bot.services.quiz.record import Record
from bot.services.quiz.relay import Relay
from bot.services.quiz.result import Picture
from bot.services.quiz.rival import ModelPlayer, Rival
from bot.services.quiz.scorebook import Scorebook
from bot.services.quiz.second_opinion import Awaited, SecondOpinion
from store.db import Sessions
from store.models import Quiz, QuizItem, now

_LEAST_LEFT = timedelta(seconds=15)
"""After a restart or a pause everybody gets so much."""


class Game:
    """Call :meth:`go_on` once; afterwards it lives by its clock and by what it hears, until :attr:`over`."""

    def __init__(
        self,
        sessions: Sessions,
        quiz: Quiz,
        items: Sequence[QuizItem],
        outlet: Outlet,
        *,
        picture: Picture | None = None,
        model: ModelPlayer | None = None,
        second: SecondOpinion | None = None,
        ended: Callable[[Quiz], None] = lambda quiz: None,
        answered: Callable[[], None] = lambda: None,
        writing: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        """*second* judges what no rule can; *ended* and *answered* are told so; *writing* as :class:`Record` has it."""
        self.record = Record(sessions, quiz, items, writing)
        self.quiz = quiz
        self.relay = Relay(self.record) if quiz.mode == "relay" else None
        self.clock = Clock(f"quiz {quiz.id}", self._due, warn=self._warn, ring=self._ring)
        self._turn = asyncio.Lock()
        self._awaited = Awaited()
        self._course = Course(
            self.record,
            outlet,
            self.clock,
            self._awaited,
            relay=self.relay,
            rival=Rival(self.record, model) if quiz.mode == "model" and model is not None else None,
            picture=picture,
            ended=ended,
        )
        self._gathering = Gathering(self.record, self.relay, self._course, self.clock) if self.relay else None
        self.hearing = Hearing(
            self.record,
            self._course,
            Scorebook(self.record, answered),
            self._awaited,
            relay=self.relay,
            second=second,
            acting=self._acting,
        )

    @property
    def open_item(self) -> QuizItem | None:
        """The question that is being asked."""
        return self.record.open_item

    @property
    def over(self) -> bool:
        return self.record.over

    @property
    def joining(self) -> bool:
        """Teams are being formed."""
        return self.quiz.state == "joining"

    @property
    def question(self) -> Question | None:
        """The open question for the judge; ``None`` between questions and in a pause."""
        item = self.open_item
        return question_of(item) if item is not None and self.record.running else None

    def asks(self, member_id: str) -> bool:
        """Whether the open question is asked of that member alone."""
        item = self.open_item
        return self.relay is not None and item is not None and item.turn == member_id

    async def go_on(self, *, after_a_break: bool = False, called: str = "") -> None:
        """Ask the first question; or, *after_a_break* of the bot, the open one again with what is left of its time.

        *called*: as :func:`words.opening` has it.
        """
        async with self._acting():
            if self.relay:
                await self.relay.load()
            if self._gathering and self.joining:
                await self._gathering.invite(after_a_break=after_a_break)
                return
            if not self.record.running:
                return
            item = self.open_item
            if item is None:
                opening = words.opening(self.quiz.mode, len(self.record.items), alone=self.record.alone, called=called)
                await self._course.next(words.BACK if after_a_break else opening)
                return
            due = max(item.due_at or now(), now() + _LEAST_LEFT)
            await self.record.change_item(item, "open", due_at=due)
            await self._course.say(f"{words.BACK}\n{self._course.asked(item)}", item)
            self.clock.wind_up()

    async def join(self, incoming: Incoming) -> str:
        """A member wants to play in a relay; what to tell it."""
        async with self._turn:
            return await self._gathering.join(incoming) if self._gathering else ""

    async def begin(self) -> str | None:
        """Begin a relay before its time; a sentence when a team has nobody yet."""
        async with self._acting():
            return await self._gathering.begin() if self._gathering and self.joining else None

    async def answer(self, incoming: Incoming, given: Given, item: QuizItem) -> Told:
        """A member answers *item*; as :class:`Hearing` has it."""
        return await self.hearing.answer(incoming, given, item)

    def joined(self, account: str, person: str) -> None:
        """Whoever plays as *account* is *person* from now on, as the database has it already."""
        self.record.joined(account, person)
        if self.relay:
            self.relay.joined(account, person)

    async def skip(self) -> str | None:
        """Show the answer and go on."""
        async with self._acting():
            if not self.record.running:
                return self._standing_still()
            if (item := self.open_item) is not None:
                await self._course.settle(item, f"跳过。{words.reveal(item.asked)}", state="skipped")
            return None

    async def reveal(self) -> str | None:
        """Settle the open question before its time is over."""
        await self._awaited.all_heard()
        async with self._acting():
            if not self.record.running:
                return self._standing_still()
            if (item := self.open_item) is not None:
                await self._course.time_over(item, early=True)
            return None

    async def hint(self, member_id: str) -> str | None:
        """Something about the open question, for half of its points."""
        async with self._turn:
            item = self.open_item
            if not self.record.running or item is None:
                return self._standing_still()
            if self.relay and not self.relay.of_team(item, member_id):
                return words.NOT_YOUR_HINT
            text = hint_of(item)
            if text is None:
                return words.NO_HINT
            await self.record.change_item(item, "open", hints=item.hints + 1)
            return f"{text}（这题的分减半）"

    async def pause(self) -> str:
        """Stop the clock."""
        async with self._turn:
            if not self.record.running:
                return words.STILL_JOINING if self.joining else words.ALREADY_PAUSED
            item = self.open_item
            left = max(1.0, (item.due_at - now()).total_seconds()) if item and item.due_at else None
            await self.record.change(state="paused", left_s=left, paused_at=now())
            self.clock.stop()
            if item is not None:
                self._course.hide(item)
            return words.PAUSED

    async def resume(self) -> str:
        """Let the clock go on; the question is shown again. A sentence when it does not stand still, else empty."""
        async with self._acting():
            if self.quiz.state != "paused":
                return words.STILL_JOINING if self.joining else words.NOT_PAUSED
            item = self.open_item
            left, since = self.quiz.left_s, self.quiz.paused_at
            await self.record.change(state="running", left_s=None, paused_at=None)
            if item is None:
                await self._course.next("")
                return ""
            due = now() + max(timedelta(seconds=left or 0), _LEAST_LEFT)
            # The pause is nobody's time.
            opened = (item.opened_at or now()) + (now() - since if since else timedelta())
            await self.record.change_item(item, "open", due_at=due, opened_at=opened)
            self.clock.wind_up()
            await self._course.say(self._course.asked(item), item)
            return ""

    async def stop(self) -> str | None:
        """The game is over, with the scores that there are."""
        await self._awaited.all_heard()
        async with self._turn:
            if self.over:
                return None
            if self._gathering and self.joining:
                await self._gathering.call_off("stopped")
                return words.CALLED_OFF
            head = ""
            if (item := self.open_item) is not None:
                await self._course.close(item, "skipped")
                head = f"这题的{words.reveal(item.asked)}"
            await self._course.finish("stopped", head)
            return None

    def leave(self) -> None:
        """The bot ends: the game waits in the database."""
        self.clock.stop()
        self._awaited.leave()

    def _standing_still(self) -> str | None:
        """Why nothing is asked just now; ``None`` when the game is over or goes on by itself."""
        return words.STILL_JOINING if self.joining else words.PAUSED if self.quiz.state == "paused" else None

    def _due(self) -> datetime | None:
        if self._gathering and self.joining:
            return self._gathering.closes_at
        item = self.open_item
        return item.due_at if item is not None else None

    async def _warn(self) -> None:
        await self._course.say(words.SOON_BEGINS if self.joining else words.SOON)

    async def _ring(self, due: datetime | None) -> None:
        await self._awaited.all_heard()
        async with self._turn:
            if due != self._due():
                # What was awaited has brought the game on, and the clock was wound up for that.
                return
            if self._gathering and self.joining:
                await self._gathering.close()
            elif self.record.running:
                item = self.open_item
                await (self._course.next("") if item is None else self._course.time_over(item))

    @asynccontextmanager
    async def _acting(self) -> AsyncGenerator[None]:
        """Nobody else acts meanwhile; what fails is left to the clock to make up for."""
        async with self._turn:
            try:
                yield
            except Exception:
                if self.record.running:
                    self.clock.wind_up()
                raise
