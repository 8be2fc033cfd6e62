"""All games of this process: who plays where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from typing import Any, Protocol

from loguru import logger
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.incoming import Incoming
from bot.services.judging import Given, judge, read
from bot.services.quiz import choosing, orders, scoring, words
from bot.services.quiz.course import Outlet
from bot.services.quiz.game import Game
from bot.services.quiz.orders import Order, Unclear
from bot.services.quiz.result import Picture
from bot.services.quiz.rival import ModelPlayer
from bot.services.quiz.second_opinion import SecondOpinion
from local_time import today
from store import quiz_answers, quizzes, study
from store.db import Sessions, writers_turn
from store.models import Question, Quiz

Key = tuple[str, str]
Chosen = Sequence[tuple[int, Mapping[str, Any]]]
"""Numbers in the bank, and what is asked."""
_PATIENT_S = 300
_DAILY_S = 180


class OfTheDay(Protocol):
    """Finds what most of a group would gain by, from what its members have practised."""

    async def __call__(self, session: AsyncSession, group_id: str, *, at: datetime) -> Question | None: ...


class QuizHost:
    """Begins games, finds the one that a message is for, and takes up what a restart left."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        outlet: Outlet | None = None,
        picture: Picture | None = None,
        model: ModelPlayer | None = None,
        second: SecondOpinion | None = None,
        of_the_day: OfTheDay | None = None,
        answered: Callable[[], None] = lambda: None,
        writing: AbstractAsyncContextManager[Any] | None = None,
        today: Callable[[], date] = today,
    ) -> None:
        """*outlet* is set by the front door before the first message comes; *second* judges what no rule can;
        *of_the_day* picks the daily question, which is one by chance without it; *answered* is told of every answer;
        *writing* is the turn of those who write often, see :func:`store.db.writers_turn`."""
        self._sessions = sessions
        self.outlet = outlet
        self._picture = picture
        self._model = model
        self._second = second
        self._of_the_day = of_the_day
        self._answered = answered
        self._writing = writing or writers_turn(sessions)
        self._today = today
        self._games: dict[Key, Game] = {}

    def game(self, incoming: Incoming) -> Game | None:
        """The game of the chat that *incoming* came from; no look into the database."""
        return self._games.get((incoming.account, incoming.lane))

    def given(self, incoming: Incoming, *, addressed: bool) -> Given | None:
        """The answer that *incoming* gives to the open question of its chat; ``None`` for ordinary talk.

        What is said to the bot itself is a question to it, unless it can be nothing but an answer.
        """
        game = self.game(incoming)
        question = game.question if game else None
        if game is None or question is None or not incoming.text or incoming.text.startswith(("/", "／")):
            return None
        # In a relay the one who is asked speaks to the game.
        meant = addressed or incoming.group_id is None or game.asks(incoming.member_id)
        given = read(question, incoming.text, addressed=meant)
        if given is None or given.certain or incoming.group_id is None:
            return given
        # In a group people also talk: what may be talk counts only when it is right, or the model says so.
        verdict = judge(question, given)
        counts = verdict.right or (verdict.unsure and game.hearing.worth_asking(question, incoming.text))
        return given if counts and not addressed else None

    async def start(self, incoming: Incoming, order_text: str, *, opponents: tuple[str, ...] = ()) -> str:
        """Begin a game as *order_text* says; a sentence when there is none, else empty: the game speaks itself."""
        if self.game(incoming) is not None:
            return words.ALREADY
        async with self._sessions() as session:
            known = await quizzes.categories(session)
            try:
                order = orders.read(order_text, known)
            except Unclear as error:
                return str(error)
            if problem := self._cannot(order, incoming, opponents):
                return problem
            avoid = await quizzes.recently_asked(session, incoming.lane)
            chosen = await choosing.choose(session, order, today=self._today(), avoid=avoid)
        if not chosen:
            return words.NOTHING_FITS
        players = [incoming.member_id, opponents[0]] if order.mode == "duel" else []
        mode = order.mode if incoming.group_id else "race"
        state = "joining" if mode == "relay" else "running"
        if mode == "relay" and len(chosen) > 1:
            # The bank has fewer than were ordered; still each team is first as often as the other.
            chosen = chosen[: len(chosen) // 2 * 2]
        return await self._begin(
            incoming, chosen, mode=mode, state=state, category=order.category, limit_s=order.limit_s, players=players
        )

    async def understands(self, order_text: str) -> bool:
        """Whether a game can be ordered by these words."""
        async with self._sessions() as session:
            known = await quizzes.categories(session)
        try:
            orders.read(order_text, known)
        except Unclear:
            return False
        return True

    async def question_of_the_day(self, incoming: Incoming) -> str:
        """Ask the group what most of it would gain by, or by chance while it has practised little; as :meth:`start`."""
        if incoming.group_id is None:
            return words.ONLY_GROUPS
        if self.game(incoming) is not None:
            return words.ALREADY
        async with self._sessions() as session:
            find, moment = self._of_the_day, datetime.now(UTC)
            picked = await find(session, incoming.group_id, at=moment) if find else None
            chosen: Chosen = [(picked.id, quizzes.asked(picked))] if picked else []
            if not chosen:
                avoid = await quizzes.recently_asked(session, incoming.lane)
                chosen = await choosing.choose(session, Order(count=1), today=self._today(), avoid=avoid)
        if not chosen:
            return words.NOTHING_FITS
        return await self._begin(incoming, chosen, mode="all", limit_s=_DAILY_S)

    async def practise(self, incoming: Incoming, chosen: Chosen, *, called: str = "") -> str:
        """A game of the member's own with these questions, without haste; as :meth:`start`.

        *called*: what it is where it is no review of what is due.
        """
        if self.game(incoming) is not None:
            return words.ALREADY
        return await self._begin(incoming, chosen, called=called, mode="review", limit_s=_PATIENT_S)

    async def _begin(self, incoming: Incoming, chosen: Chosen, *, called: str = "", **how: Any) -> str:
        values = {
            "account": incoming.account,
            "lane": incoming.lane,
            "group_id": incoming.group_id,
            "started_by": incoming.member_id,
            **how,
        }
        try:
            async with self._writing, self._sessions.begin() as session:
                quiz = await quizzes.begin(session, values, chosen)
                items = list(await quizzes.items(session, quiz.id))
        except IntegrityError:
            # One that an earlier process left and nobody has taken up.
            await self.take_up(incoming.account)
            return words.ALREADY
        game = self._add(quiz, items)
        await game.go_on(called=called)
        return ""

    async def take_up(self, account: str) -> int:
        """Go on with the games of *account* that an earlier process left, and that are not played here; how many."""
        async with self._sessions() as session:
            left = [
                (quiz, list(await quizzes.items(session, quiz.id))) for quiz in await quizzes.going_on(session, account)
            ]
        count = 0
        for quiz, items in left:
            if (quiz.account, quiz.lane) not in self._games:
                count += 1
                try:
                    await self._add(quiz, items).go_on(after_a_break=True)
                except (SQLAlchemyError, OSError) as error:
                    # Its clock tries again.
                    logger.error("quiz {} could not go on: {}", quiz.id, type(error).__name__)
        return count

    async def overrule(self, incoming: Incoming, *, right: bool, may_all: bool) -> str:
        """Judge the quoted answer of the chat's newest game anew; the score follows."""
        if incoming.quoted is None:
            return words.QUOTE_AN_ANSWER
        async with self._sessions.begin() as session:
            quiz = await quizzes.latest(session, incoming.account, incoming.lane)
            if quiz is None:
                return words.QUOTE_AN_ANSWER
            if not (may_all or quiz.started_by == incoming.member_id):
                return words.NOT_YOURS
            found = await quiz_answers.by_message(session, quiz.id, incoming.quoted.message_id)
            if found is None:
                return words.QUOTE_AN_ANSWER
            if found.right == right:
                # A person's word: no opinion of the model that is still awaited changes it.
                found.judged_by = incoming.member_id
                return words.JUDGED_SO
            if found.member_id == incoming.member_id and not may_all:
                return words.NOT_YOUR_OWN
            item = next(one for one in await quizzes.items(session, quiz.id) if one.id == found.item_id)
            limit_s = quiz.limit_s or scoring.limit_of(item.asked)
            took_s = found.took_ms / 1000
            found.right = right
            found.points = scoring.points(item.asked, took_s=took_s, limit_s=limit_s, hints=item.hints) if right else 0
            found.judged_by, found.reason = incoming.member_id, "改判"
            if item.question_id is not None and found.learned:
                await study.corrected(session, found.member_id, item.question_id, right=right)
        return words.overruled(found)

    async def end_private(self, accounts: Collection[str]) -> None:
        """End the games that a member plays alone with these accounts."""
        for game in [game for (_, lane), game in self._games.items() if lane in accounts]:
            await game.stop()

    def joined(self, account: str, person: str) -> None:
        """Whoever plays as *account* is *person* from now on."""
        for game in self._games.values():
            game.joined(account, person)

    def leave(self) -> None:
        """The bot ends."""
        for game in self._games.values():
            game.leave()

    def _add(self, quiz: Quiz, items: list[quizzes.QuizItem]) -> Game:
        assert self.outlet is not None
        game = Game(
            self._sessions,
            quiz,
            items,
            self.outlet,
            picture=self._picture,
            model=self._model,
            second=self._second,
            ended=self._forget,
            answered=self._answered,
            writing=self._writing,
        )
        self._games[quiz.account, quiz.lane] = game
        return game

    def _cannot(self, order: Order, incoming: Incoming, opponents: tuple[str, ...]) -> str:
        """Why the order cannot be followed; empty when it can."""
        if order.mode == "model" and (self._model is None or not self._model.there):
            return words.NO_MODEL
        if order.mode == "relay" and incoming.group_id is None:
            return words.RELAY_NEEDS_A_GROUP
        alone = incoming.group_id is None or not opponents or opponents[0] == incoming.member_id
        return words.NO_OPPONENT if order.mode == "duel" and alone else ""

    def _forget(self, quiz: Quiz) -> None:
        self._games.pop((quiz.account, quiz.lane), None)
