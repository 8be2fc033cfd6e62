"""How a game goes from one question to the next, and to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.quiz import words
from bot.services.quiz.clock import Clock
from bot.services.quiz.record import Record
from bot.services.quiz.relay import Relay
from bot.services.quiz.result import Picture, result_of
from bot.services.quiz.rival import Rival
from bot.services.quiz.second_opinion import Awaited
from bot.services.tempting import telling
from store import quiz_answers
from store.models import Quiz, QuizAnswer, QuizItem, now

_READING_S = 4
"""Between the answer to one question and the clock of the next: the explanation is read meanwhile."""
_IDLE = 2
"""Questions in a row that nobody answered end a game."""


class Outlet(Protocol):
    """The chat that a game is played in."""

    async def say(self, quiz: Quiz, text: str, picture: bytes = b"", asks: QuizItem | None = None) -> bool:
        """Show *text*, which *asks* something, for chats where one may press instead of writing; whether it went out.
        Never raises."""
        ...

    def over(self, quiz: Quiz, item: QuizItem) -> None:
        """Nobody may answer *item* just now, or any more: what stands to be pressed goes. Returns at once."""
        ...


class Course:
    """Only who has the game's turn calls it."""

    def __init__(
        self,
        record: Record,
        outlet: Outlet,
        clock: Clock,
        awaited: Awaited,
        *,
        relay: Relay | None,
        rival: Rival | None,
        picture: Picture | None,
        ended: Callable[[Quiz], None],
    ) -> None:
        """*ended* is told as soon as the chat is free for the next game."""
        self._record = record
        self._outlet = outlet
        self._clock = clock
        self._awaited = awaited
        self._relay = relay
        self._rival = rival
        self._picture = picture
        self._ended = ended
        self._silent = 0

    async def say(self, text: str, asks: QuizItem | None = None) -> bool:
        """Show *text*, which *asks* something, in the game's chat; whether the platform has confirmed it."""
        return await self._outlet.say(self._record.quiz, text, asks=asks)

    def hide(self, item: QuizItem) -> None:
        """Let nobody choose an answer to *item* where it stands."""
        self._outlet.over(self._record.quiz, item)

    def asked(self, item: QuizItem) -> str:
        """*item* as it is asked."""
        record = self._record
        limit_s = record.limit_s(item)
        text = words.question(item.asked, number=item.number, count=len(record.items), limit_s=limit_s)
        return f"{text}\n{self._relay.turn_line(item)}" if self._relay else text

    async def won(self, kept: QuizAnswer, item: QuizItem) -> None:
        """An answer has settled *item* in a race."""
        self._silent = 0
        self.hide(item)
        head = f"✓ 对了，+{kept.points}" if self._record.alone else words.won(kept)
        if self._relay:
            await self._relay.played(item)
            head = f"{head}\n{await self._relay.standing()}"
        head = f"{head}\n{words.reveal(item.asked)}"
        if self._record.running:
            await self.next(head)
        else:
            # The opinion came in a pause: what follows waits for its end.
            await self.say(head)

    async def settle(self, item: QuizItem, head: str, *, state: str = "settled", silent: int = 0) -> None:
        """*item* is over without a winner; *silent* questions in a row nobody has answered."""
        if not await self.close(item, state):
            # Settled already, by another process or by a write of ours that was told as failed.
            await self._record.reload()
        self._silent = silent
        if self._record.open_item is None:
            await self.next(head)

    async def close(self, item: QuizItem, state: str) -> bool:
        """*item* takes no more answers; whether that is new."""
        self.hide(item)
        return await self._record.change_item(item, "open", state=state, settled_at=now())

    async def time_over(self, item: QuizItem, *, early: bool = False) -> None:
        """Nobody may answer *item* any more: say how it was answered. *early*: somebody wants it so."""
        async with self._record.sessions() as session:
            given = await quiz_answers.answers(session, item.id)
        if self._relay and not early and await self.pass_on(item, words.TIME_OVER, missed=True):
            return
        silent = 0 if given or early else self._silent + 1
        head = words.nobody(given) if self._record.race else words.everybody(given)
        head = head.removeprefix(words.TIME_OVER) if early else head
        if self._rival:
            head = f"{head}\n{await self._rival.said(item, given)}"
        why = await telling.to_all(self._record.sessions, item, [one.text for one in given if not one.right])
        parts = filter(None, (head, words.reveal(item.asked), why))
        await self.settle(item, "\n".join(parts), silent=silent)

    async def pass_on(self, item: QuizItem, head: str, *, missed: bool = False) -> bool:
        """In a relay, let the other team try *item*, saying *head* before; whether it still may."""
        assert self._relay is not None
        holder = await self._relay.pass_on(item, missed=missed)
        if holder is None:
            return False
        if self._record.running:
            self._clock.wind_up()
        await self.say(f"{head}{words.turn(holder)}")
        return True

    async def next(self, head: str) -> None:
        """Say *head* and ask the next question, in one message; or how it came out."""
        self._clock.stop()
        item = self._record.waiting_item
        idle = self._silent >= _IDLE
        if idle or item is None:
            await self._end(head, idle=idle)
            return
        opened = now()
        due = opened + timedelta(seconds=self._record.limit_s(item) + (_READING_S if item.number > 1 else 0))
        if not await self._open(item, opened_at=opened, due_at=due):
            logger.warning("quiz {} is played by another process", self._record.quiz.id)
            await self._record.reload()
            self._clock.wind_up()
            return
        if self._rival:
            self._rival.think(item)
        self._clock.wind_up()
        if await self.say("\n\n".join(part for part in (head, self.asked(item)) if part), item):
            # Nobody could read it before: the way to the screen is nobody's time. An answer to it that was
            # quicker than the platform's word of it took no time at all.
            late = now() - opened
            await self._record.change_item(item, "open", opened_at=opened + late, due_at=due + late)
            self._clock.wind_up()

    async def end(self, why: str) -> None:
        """The game is over, without a word."""
        self._clock.stop()
        await self._record.change(state="ended", ended_at=now(), ended_why=why)
        self._ended(self._record.quiz)

    async def finish(self, why: str, head: str) -> None:
        """The game is over: say *head* and how it came out."""
        record, quiz = self._record, self._record.quiz
        # First of all: whatever fails from here on, the chat is free for the next game.
        await self.end(why)
        try:
            result = await result_of(record, self._relay)
        except (SQLAlchemyError, OSError) as error:
            logger.error("the scores of quiz {} could not be read: {}", quiz.id, type(error).__name__)
            await self.say("\n\n".join(part for part in (head, words.NO_SCORES) if part))
            return
        if self._picture is None or not result.scores or record.alone:
            await self.say(f"{head}\n\n{result.text}" if head else result.text)
            return
        if head:
            # Nobody waits for a drawing to hear whether he was right.
            await self.say(head)
        await self._outlet.say(quiz, result.text, await result.drawn(self._picture, quiz, record.items))

    async def _end(self, head: str, *, idle: bool) -> None:
        if not self._awaited.any:
            parts = (head, words.IDLE if idle else "")
            await self.finish("idle" if idle else "finished", "\n".join(part for part in parts if part))
            return
        # The scores wait for the last opinion, who was right does not; the clock comes back here.
        if head:
            await self.say(head)
        self._clock.wind_up()

    async def _open(self, item: QuizItem, *, opened_at: datetime, due_at: datetime) -> bool:
        if self._relay:
            return await self._relay.open(item, opened_at=opened_at, due_at=due_at)
        return await self._record.change_item(item, "waiting", state="open", opened_at=opened_at, due_at=due_at)
