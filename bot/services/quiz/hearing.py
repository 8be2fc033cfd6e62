"""Hearing answers: which count, what each brings, and what the model's opinion brings later."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.services.incoming import Incoming
from bot.services.judging import Given, Opinion, Question, judge
from bot.services.quiz import words
from bot.services.quiz.asked import question_of
from bot.services.quiz.course import Course
from bot.services.quiz.record import Record
from bot.services.quiz.relay import Relay
from bot.services.quiz.scorebook import Claim, Kept, Scorebook
from bot.services.quiz.second_opinion import Awaited, SecondOpinion
from bot.services.tempting import telling
from store import quiz_answers
from store.models import QuizAnswer, QuizItem


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an answer."""

    kept: bool
    text: str = ""
    """For whoever answered; the game itself speaks to everybody."""


class Hearing:
    """Nobody waits for an opinion: other answers are heard meanwhile, the game's turn is free."""

    def __init__(
        self,
        record: Record,
        course: Course,
        scorebook: Scorebook,
        awaited: Awaited,
        *,
        relay: Relay | None,
        second: SecondOpinion | None,
        acting: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        """*acting* takes the game's turn."""
        self._record = record
        self._course = course
        self._scorebook = scorebook
        self._awaited = awaited
        self._relay = relay
        self._second = second
        self._acting = acting

    def worth_asking(self, question: Question, text: str) -> bool:
        """Whether the model may tell if *text* answers *question*."""
        return self._second is not None and not self._awaited.full and self._second.worth_asking(question, text)

    async def answer(self, incoming: Incoming, given: Given, item: QuizItem) -> Told:
        """A member answers *item*, which was open when it spoke; in the meantime it may have been settled."""
        async with self._acting():
            if item is not self._record.open_item or not self._record.running:
                return Told(False)
            quiz, member = self._record.quiz, incoming.member_id
            if quiz.players and member not in quiz.players:
                return Told(False)
            if self._relay and item.turn != member:
                return Told(False, self._relay.wait_line(item, member) if given.certain else "")
            if item.due_at is not None and incoming.received_at > item.due_at:
                # Only opinions on what was said in time are waited for.
                return Told(False)
            question = question_of(item)
            verdict, claim = judge(question, given), self._scorebook.claim(item, incoming)
            doubtful = verdict.unsure and self.worth_asking(question, incoming.text)
            if not (given.certain or verdict.right or self._record.alone):
                # Between members that is talk, unless the model finds it right.
                if doubtful:
                    self._ask(claim, question, None)
                return Told(False)
            again = item.asked["kind"] == "short" and self._relay is None
            kept = await self._scorebook.keep(claim, verdict, again=again)
            if kept is None:
                return Told(False)
            if doubtful:
                self._ask(claim, question, kept.answer)
                return Told(True)
            return Told(True, await self._follow(item, kept))

    async def give_up(self, incoming: Incoming) -> None:
        """Who is asked in a relay does not know: the other team's turn."""
        async with self._acting():
            item = self._record.open_item
            if self._relay and self._record.running and item is not None and item.turn == incoming.member_id:
                await self._pass_on(item, words.gave_up(incoming.member_name))

    def _ask(self, claim: Claim, question: Question, kept: QuizAnswer | None) -> None:
        """Ask the model of a *claim*, which was *kept* as wrong or may have been talk."""
        second, text, lane = self._second, claim.values["text"], self._record.quiz.lane
        assert second is not None
        self._awaited.add(lambda: second.of(question, text, lane), lambda opinion: self._hear(claim, opinion, kept))

    async def _hear(self, claim: Claim, opinion: Opinion, kept: QuizAnswer | None) -> None:
        async with self._acting():
            if opinion.says == "right":
                await self._found_right(claim, opinion)
            elif kept is not None:
                if opinion.says == "wrong":
                    await self._scorebook.find_wrong(kept, opinion.reason)
                item = self._record.known(claim.item)
                if item is self._record.open_item and (said := await self._follow(item, Kept(kept, False))):
                    await self._course.say(said)

    async def _found_right(self, claim: Claim, opinion: Opinion) -> None:
        found = await self._scorebook.find_right(claim, opinion.reason)
        if found is None:
            return
        item = self._record.known(claim.item)
        if found.first:
            await self._course.won(found.answer, item)
        elif item is not self._record.open_item and found.answer.points and not self._record.over:
            await self._course.say(words.also_right(found.answer))

    async def _follow(self, item: QuizItem, kept: Kept) -> str:
        """What an answer brings: the game goes on, or words for whoever gave it."""
        short, answer = item.asked["kind"] == "short", kept.answer
        if kept.first:
            await self._course.won(answer, item)
        elif answer.right:
            return ""
        elif self._relay:
            # It may have given up, or its time may be over, while an opinion was awaited.
            if item.turn == answer.member_id:
                await self._pass_on(item, words.wrong(answer))
        elif self._record.alone and short:
            return words.TRY_AGAIN
        elif self._record.alone:
            why = await telling.to_one(self._record.sessions, item, answer.text)
            await self._course.settle(item, "\n".join(filter(None, ("✗ 不对。", words.reveal(item.asked), why))))
        elif not short and await self._everybody_answered(item):
            await self._course.time_over(item, early=True)
        return ""

    async def _pass_on(self, item: QuizItem, head: str) -> None:
        if not await self._course.pass_on(item, head):
            await self._course.settle(item, f"{head}\n{words.reveal(item.asked)}")

    async def _everybody_answered(self, item: QuizItem) -> bool:
        """Whether nobody is left who may answer; only where it is known who plays."""
        players = self._record.quiz.players
        if not players:
            return False
        async with self._record.sessions() as session:
            given = {one.member_id for one in await quiz_answers.answers(session, item.id)}
        return given >= set(players)
