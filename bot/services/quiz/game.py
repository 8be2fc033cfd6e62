"""One game: asks, hears, settles, goes on. What it knows is in the database before anybody is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.incoming import Incoming
from bot.services.quiz import scoring, words
from bot.services.quiz.asked import hint_of, question_of
from bot.services.quiz.judging import Given, Question, Verdict, judge
from bot.services.quiz.result import Picture, result_of
from bot.services.quiz.rival import ModelPlayer, doubt, given_by
from store import quizzes
from store.db import Sessions
from store.models import Quiz, QuizAnswer, QuizItem, now

_READING_S = 4
"""Between the answer to one question and the clock of the next: the explanation is read meanwhile."""
_WARN_S = 10
_WARN_FROM_S = 25
"""A shorter time is over before a warning helps."""
_IDLE = 2
"""Questions in a row that nobody answered end a game."""
_MODEL_WAIT_S = 5.0
"""For a model that has had all of the members' time already."""
_PAUSED_LONG = timedelta(minutes=30)
_REPAIR_S = 3.0
"""Until what failed is tried again."""
_LEAST_LEFT_S = 15
"""After a restart everybody gets so much."""


class Outlet(Protocol):
    """The chat that a game is played in."""

    async def say(self, quiz: Quiz, text: str, picture: bytes = b"") -> bool:
        """Show *text*; whether it went out. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an answer."""

    kept: bool
    text: str = ""
    """For whoever answered; the game itself speaks to everybody."""


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
        ended: Callable[[Quiz], None] = lambda quiz: None,
        answered: Callable[[], None] = lambda: None,
        writing: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        """*ended* and *answered* are told so; *writing* is held by whoever writes, where writers only wait for
        each other."""
        self._sessions = sessions
        self.quiz = quiz
        self.items = list(items)
        self._outlet = outlet
        self._picture = picture
        self._model = model
        self._thinking: asyncio.Task[str] | None = None
        self._ended = ended
        self._answered = answered
        self._writing = writing or contextlib.nullcontext()
        self._turn = asyncio.Lock()
        self._clock: asyncio.Task[None] | None = None
        self._silent = 0

    @property
    def open_item(self) -> QuizItem | None:
        """The question that is being asked."""
        return next((item for item in self.items if item.state == "open"), None)

    @property
    def over(self) -> bool:
        return self.quiz.state == "ended"

    @property
    def question(self) -> Question | None:
        """The open question for the judge; ``None`` between questions and in a pause."""
        item = self.open_item
        return question_of(item) if item is not None and self.quiz.state == "running" else None

    async def go_on(self, *, after_a_break: bool = False) -> None:
        """Ask the first question; or, *after_a_break* of the bot, the open one again with what is left of its time."""
        async with self._acting():
            if self.quiz.state != "running":
                return
            item = self.open_item
            if item is None:
                head = (
                    words.BACK
                    if after_a_break
                    else words.opening(self.quiz.mode, len(self.items), alone=self.quiz.group_id is None)
                )
                await self._next(head)
                return
            due = max(item.due_at or now(), now() + timedelta(seconds=_LEAST_LEFT_S))
            async with self._writing, self._sessions.begin() as session:
                await quizzes.change_item(session, item.id, "open", due_at=due)
            item.due_at = due
            await self._say(f"{words.BACK}\n{self._asked(item)}")
            self._wind_up()

    async def answer(self, incoming: Incoming, given: Given, item: QuizItem) -> Told:
        """A member answers *item*, which was open when it spoke; in the meantime it may have been settled."""
        async with self._acting():
            if item is not self.open_item or self.quiz.state != "running":
                return Told(False)
            if self.quiz.players and incoming.member_id not in self.quiz.players:
                return Told(False)
            verdict = judge(question_of(item), given)
            race = self.quiz.mode in ("race", "duel") or self.quiz.group_id is None
            kept, first = await self._keep(item, incoming, verdict, race=race)
            if kept is None:
                return Told(False)
            if race and first:
                await self._settle_won(item, kept)
            elif self.quiz.group_id is None and item.asked["kind"] != "short":
                await self._settle(item, f"✗ 不对。\n{words.reveal(item.asked)}")
            elif self.quiz.group_id is None:
                return Told(True, words.TRY_AGAIN)
            elif item.asked["kind"] != "short" and await self._everybody_answered(item):
                await self._time_over(item, early=True)
            return Told(True)

    async def skip(self) -> str | None:
        """Show the answer and go on."""
        async with self._acting():
            if self.quiz.state == "paused":
                return words.PAUSED
            if (item := self.open_item) is not None and self.quiz.state == "running":
                await self._settle(item, f"跳过。{words.reveal(item.asked)}", state="skipped")
            return None

    async def reveal(self) -> str | None:
        """Settle the open question before its time is over."""
        async with self._acting():
            if self.quiz.state == "paused":
                return words.PAUSED
            if (item := self.open_item) is not None and self.quiz.state == "running":
                await self._time_over(item, early=True)
            return None

    async def hint(self) -> str | None:
        """Something about the open question, for half of its points."""
        async with self._turn:
            item = self.open_item
            if self.quiz.state == "paused":
                return words.PAUSED
            if item is None or self.quiz.state != "running":
                return None
            text = hint_of(item)
            if text is None:
                return words.NO_HINT
            async with self._writing, self._sessions.begin() as session:
                await quizzes.change_item(session, item.id, "open", hints=item.hints + 1)
            item.hints += 1
            return f"{text}（这题的分减半）"

    async def pause(self) -> str:
        """Stop the clock."""
        async with self._turn:
            if self.quiz.state != "running":
                return words.ALREADY_PAUSED
            item = self.open_item
            left = max(1.0, (item.due_at - now()).total_seconds()) if item and item.due_at else None
            await self._change(state="paused", left_s=left, paused_at=now())
            self._stop_clock()
            return words.PAUSED

    async def resume(self) -> str:
        """Let the clock go on; the question is shown again."""
        async with self._acting():
            if self.quiz.state != "paused":
                return words.NOT_PAUSED
            item = self.open_item
            left, since = self.quiz.left_s, self.quiz.paused_at
            await self._change(state="running", left_s=None, paused_at=None)
            if item is None:
                await self._next("")
                return ""
            due = now() + timedelta(seconds=max(left or 0, _LEAST_LEFT_S))
            # The pause is nobody's time.
            opened = (item.opened_at or now()) + (now() - since if since else timedelta())
            async with self._writing, self._sessions.begin() as session:
                await quizzes.change_item(session, item.id, "open", due_at=due, opened_at=opened)
            item.due_at, item.opened_at = due, opened
            self._wind_up()
            return self._asked(item)

    @property
    def paused_long(self) -> bool:
        """Whoever paused it seems to have left: anybody may end it."""
        since = self.quiz.paused_at
        return self.quiz.state == "paused" and (since is None or now() - since > _PAUSED_LONG)

    async def stop(self, why: str = "stopped", head: str = "") -> None:
        """The game is over, with the scores that there are."""
        async with self._turn:
            if not self.over:
                item = self.open_item
                if item is not None:
                    await self._close(item, "skipped")
                    head = head or f"这题的{words.reveal(item.asked)}"
                await self._finish(why, head)

    def leave(self) -> None:
        """The bot ends: the game waits in the database."""
        self._stop_clock()

    async def _keep(
        self, item: QuizItem, incoming: Incoming, verdict: Verdict, *, race: bool
    ) -> tuple[QuizAnswer | None, bool]:
        """The kept answer, ``None`` when none more is taken of this member; and whether it is the first right one."""
        moment = now()
        assert item.opened_at is not None
        took_s = max(0.0, (moment - item.opened_at).total_seconds())
        limit_s = self._limit(item)
        points = scoring.points(item.asked, took_s=took_s, limit_s=limit_s, hints=item.hints) if verdict.right else 0
        values = {
            "item_id": item.id,
            "member_id": incoming.member_id,
            "member_name": incoming.member_name[:64],
            "message_id": incoming.message_id[:128],
            "text": incoming.text[:512],
            "right": verdict.right,
            "points": points,
            "took_ms": round(took_s * 1000),
            "judged_by": "rule",
            "reason": verdict.reason[:500],
        }
        async with self._writing, self._sessions.begin() as session:
            number = await quizzes.answer(session, values, again=item.asked["kind"] == "short")
            if number is None:
                return None, False
            first = False
            if verdict.right and race:
                first = await quizzes.change_item(
                    session, item.id, "open", state="settled", winner=incoming.member_id, settled_at=moment
                )
                if not first:
                    # Another process heard somebody else first.
                    values["points"] = 0
                    await quizzes.score(session, number, 0)
        self._answered()
        if first:
            item.state, item.winner = "settled", incoming.member_id
        return QuizAnswer(id=number, **values), first

    async def _settle_won(self, item: QuizItem, kept: QuizAnswer) -> None:
        self._silent = 0
        mine = self.quiz.group_id is None
        head = f"✓ 对了，+{kept.points}" if mine else words.won(kept)
        await self._next(f"{head}\n{words.reveal(item.asked)}")

    async def _settle(self, item: QuizItem, head: str, *, state: str = "settled", silent: int = 0) -> None:
        if not await self._close(item, state):
            # Settled already, by another process or by a write of ours that was told as failed.
            await self._reload()
        self._silent = silent
        if self.open_item is None:
            await self._next(head)

    async def _reload(self) -> None:
        """See what the database has."""
        async with self._sessions() as session:
            self.items = list(await quizzes.items(session, self.quiz.id))

    async def _close(self, item: QuizItem, state: str) -> bool:
        async with self._writing, self._sessions.begin() as session:
            mine = await quizzes.change_item(session, item.id, "open", state=state, settled_at=now())
        item.state = state
        return mine

    async def _time_over(self, item: QuizItem, *, early: bool = False) -> None:
        async with self._sessions() as session:
            given = await quizzes.answers(session, item.id)
        silent = 0 if given or early else self._silent + 1
        race = self.quiz.mode in ("race", "duel")
        head = words.nobody(given) if race else words.everybody(given)
        head = head.removeprefix(words.TIME_OVER) if early else head
        if self.quiz.mode == "model":
            head = f"{head}\n{await self._model_said(item, given)}"
        await self._settle(item, f"{head}\n{words.reveal(item.asked)}", silent=silent)

    async def _model_said(self, item: QuizItem, given: Sequence[QuizAnswer]) -> str:
        """What the model answered; with most members against the key, it sends the question to the reviewers."""
        text = ""
        if self._thinking is not None:
            await asyncio.wait({self._thinking}, timeout=_MODEL_WAIT_S)
            if self._thinking.done() and not self._thinking.cancelled() and self._thinking.exception() is None:
                text = self._thinking.result()
        answered = given_by(question_of(item), text) if text else None
        right = judge(question_of(item), answered).right if answered else None
        against = right is False and sum(not one.right for one in given) * 2 > len(given)
        async with self._writing, self._sessions.begin() as session:
            await quizzes.change_item(session, item.id, "open", model_answer=text[:500])
            if against and item.question_id is not None:
                await doubt(session, item.question_id)
        return words.model_said(text, right=right)

    async def _everybody_answered(self, item: QuizItem) -> bool:
        """Whether nobody is left who may answer; only where it is known who plays."""
        if not self.quiz.players:
            return False
        async with self._sessions() as session:
            given = {one.member_id for one in await quizzes.answers(session, item.id)}
        return given >= set(self.quiz.players)

    async def _next(self, head: str) -> None:
        """Say *head* and ask the next question, in one message; or how it came out."""
        self._stop_clock()
        item = next((one for one in self.items if one.state == "waiting"), None)
        if self._silent >= _IDLE:
            await self._finish("idle", f"{head}\n{words.IDLE}")
            return
        if item is None:
            await self._finish("finished", head)
            return
        opened = now()
        limit = timedelta(seconds=self._limit(item) + (_READING_S if item.number > 1 else 0))
        async with self._writing, self._sessions.begin() as session:
            mine = await quizzes.change_item(
                session, item.id, "waiting", state="open", opened_at=opened, due_at=opened + limit
            )
        if not mine:
            logger.warning("quiz {} is played by another process", self.quiz.id)
            await self._reload()
            self._wind_up()
            return
        item.state, item.opened_at, item.due_at = "open", opened, opened + limit
        if self.quiz.mode == "model" and self._model is not None:
            self._thinking = asyncio.create_task(self._model.answer(item.asked, self.quiz.lane))
        self._wind_up()
        await self._say("\n\n".join(part for part in (head, self._asked(item)) if part))

    async def _finish(self, why: str, head: str) -> None:
        self._stop_clock()
        await self._change(state="ended", ended_at=now(), ended_why=why)
        # First of all: whatever fails from here on, the chat is free for the next game.
        self._ended(self.quiz)
        try:
            result = await result_of(self._sessions, self.quiz, self.items)
        except (SQLAlchemyError, OSError) as error:
            logger.error("the scores of quiz {} could not be read: {}", self.quiz.id, type(error).__name__)
            await self._say("\n\n".join(part for part in (head, words.NO_SCORES) if part))
            return
        if self._picture is None or not result.scores or self.quiz.group_id is None:
            await self._say(f"{head}\n\n{result.text}" if head else result.text)
            return
        if head:
            # Nobody waits for a drawing to hear whether he was right.
            await self._say(head)
        await self._outlet.say(self.quiz, result.text, await result.drawn(self._picture, self.quiz, self.items))

    async def _change(self, **values: object) -> None:
        async with self._writing, self._sessions.begin() as session:
            await quizzes.change(session, self.quiz.id, ("running", "paused"), **values)
        for name, value in values.items():
            setattr(self.quiz, name, value)

    async def _say(self, text: str) -> None:
        await self._outlet.say(self.quiz, text)

    def _asked(self, item: QuizItem) -> str:
        return words.question(item.asked, number=item.number, count=len(self.items), limit_s=self._limit(item))

    def _limit(self, item: QuizItem) -> int:
        return self.quiz.limit_s or scoring.limit_of(item.asked)

    def _wind_up(self) -> None:
        self._stop_clock()
        self._clock = asyncio.create_task(self._run_clock())

    def _stop_clock(self) -> None:
        if self._clock is not None and self._clock is not asyncio.current_task():
            self._clock.cancel()
        self._clock = None

    async def _run_clock(self) -> None:
        """Warn once, then settle the open question; what failed before, here or elsewhere, is made up for."""
        while self.quiz.state == "running":
            try:
                item = self.open_item
                await self._until_due(item)
                async with self._turn:
                    if self.quiz.state == "running" and item is self.open_item:
                        await (self._next("") if item is None else self._time_over(item))
            except Exception as error:  # noqa: BLE001 - a game that stands still blocks its chat
                logger.error("quiz {} could not go on, tried again: {}", self.quiz.id, type(error).__name__)
                await asyncio.sleep(_REPAIR_S)
            else:
                return

    async def _until_due(self, item: QuizItem | None) -> None:
        if item is None or item.due_at is None:
            return
        left = (item.due_at - now()).total_seconds()
        if left > _WARN_FROM_S:
            await asyncio.sleep(left - _WARN_S)
            await self._say(words.SOON)
            left = _WARN_S
        await asyncio.sleep(max(0.0, left))

    @asynccontextmanager
    async def _acting(self) -> AsyncGenerator[None]:
        """Nobody else acts meanwhile; what fails is left to the clock to make up for."""
        async with self._turn:
            try:
                yield
            except Exception:
                if self.quiz.state == "running":
                    self._wind_up()
                raise
