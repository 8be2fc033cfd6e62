"""A game as the database has it: a change is written first and known here afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.quiz import scoring
from store import quizzes
from store.db import Sessions
from store.models import Quiz, QuizItem, now

_PAUSED_LONG = timedelta(minutes=30)


class Record:
    def __init__(
        self,
        sessions: Sessions,
        quiz: Quiz,
        items: Sequence[QuizItem],
        writing: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        """*writing* is held by whoever writes, where writers only wait for each other."""
        self.sessions = sessions
        self.quiz = quiz
        self.items = list(items)
        self._writing = writing or contextlib.nullcontext()

    @property
    def open_item(self) -> QuizItem | None:
        """The question that is being asked."""
        return self._first("open")

    @property
    def waiting_item(self) -> QuizItem | None:
        """The question that comes next."""
        return self._first("waiting")

    @property
    def running(self) -> bool:
        """Answers count and the clock goes."""
        return self.quiz.state == "running"

    @property
    def over(self) -> bool:
        return self.quiz.state == "ended"

    @property
    def paused_long(self) -> bool:
        """Whoever paused it seems to have left: anybody may end it."""
        since = self.quiz.paused_at
        return self.quiz.state == "paused" and (since is None or now() - since > _PAUSED_LONG)

    @property
    def alone(self) -> bool:
        """A member plays in private."""
        return self.quiz.group_id is None

    @property
    def race(self) -> bool:
        """The first right answer settles a question."""
        return self.quiz.mode in ("race", "duel", "relay") or self.alone

    def limit_s(self, item: QuizItem) -> int:
        """The time that *item* gets, in seconds."""
        return self.quiz.limit_s or scoring.limit_of(item.asked)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncSession]:
        """A transaction, in the turn of those who write."""
        async with self._writing, self.sessions.begin() as session:
            yield session

    async def change(self, **values: object) -> None:
        """Set *values* of the game, unless it is over."""
        async with self.writing() as session:
            await quizzes.change(session, self.quiz.id, ("joining", "running", "paused"), **values)
        for name, value in values.items():
            setattr(self.quiz, name, value)

    async def change_item(self, item: QuizItem, was: str, **values: object) -> bool:
        """Set *values* of *item* if its state still is *was*; whether it was, and not changed by another process."""
        async with self.writing() as session:
            mine = await quizzes.change_item(session, item.id, was, **values)
        if mine:
            self.know(item, **values)
        return mine

    def know(self, item: QuizItem, **values: object) -> None:
        """These *values* of *item* have been written."""
        for name, value in values.items():
            setattr(self.known(item), name, value)

    def known(self, item: QuizItem) -> QuizItem:
        """*item* as it is known now, however long ago it was taken from here."""
        return next((one for one in self.items if one.id == item.id), item)

    async def reload(self) -> None:
        """See what another process made of the questions."""
        async with self.sessions() as session:
            self.items = list(await quizzes.items(session, self.quiz.id))

    def joined(self, account: str, person: str) -> None:
        """What is known of *account* is of *person*."""
        self.quiz.players = [person if one == account else one for one in self.quiz.players]
        if self.quiz.started_by == account:
            self.quiz.started_by = person
        for item in self.items:
            item.turn = person if item.turn == account else item.turn
            item.winner = person if item.winner == account else item.winner

    def _first(self, state: str) -> QuizItem | None:
        return next((item for item in self.items if item.state == state), None)
