"""One question as a member studies it: ``/错题本 123``; and another on the same point: ``/同类 123``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.incoming import Incoming
from bot.services.quiz import words as quiz_words
from bot.services.quiz.host import Chosen, QuizHost
from bot.services.study.learning import Learner
from bot.services.study.twins import Twins
from bot.services.study.words import EMPTY_BOOK, NO_CARD
from bot.services.tempting import words as tempting
from bot.services.tempting.chosen import wrong_letters
from local_time import today
from store import attempts, study, temptations
from store.db import Sessions
from store.models import Question
from store.quizzes import asked

PRIVATE_ONLY = "看单题、练同类题都在私聊，私聊我发 {}。"
NO_TWIN = "题库里没有和 #{} 同类的题。"
NO_TWINS = "题库里没有和你最近错题同类的题。"
OUT_OF_USE = "#{} 现在不用了，答案可能有问题。"
USAGE = "题号是错题本里 # 后面的数字，例如 /同类 123；只发 /同类 就按最近的错题出。"
NUMBER = re.compile(r"#?\s*(\d{1,18})\s*(?:号|题)?")
_LATEST = 5
"""Mistakes that a bare 同类 finds twins of."""
_LONGEST, _LONGEST_GIVEN = 600, 20
_SHOWN = 6


class QuestionDetail:
    """Only of questions that the member has met: what others are asked is no secret to be read here."""

    def __init__(self, sessions: Sessions, quizzes: QuizHost, learner: Learner, twins: Twins) -> None:
        self._sessions = sessions
        self._quizzes = quizzes
        self._learner = learner
        self._twins = twins

    async def shown(self, incoming: Incoming, number: int) -> str:
        """The question with its key, the member's wrong answers, why they tempted, and whether it has a twin."""
        if incoming.group_id is not None:
            return PRIVATE_ONLY.format(f"/错题本 {number}")
        await self._learner.learn()
        async with self._sessions() as session:
            question = await self._met(session, incoming.member_id, number)
            if question is None:
                return NO_CARD.format(number)
            if question.status != "active" or not question.answer:
                return OUT_OF_USE.format(number)
            given = (await attempts.wrong_given(session, incoming.member_id, [number])).get(number, [])
            known = tempting.known(asked(question), (await temptations.accepted(session, [number])).get(number, []))
            twin = await self._twins.of(session, question, today=today())
        return "\n".join(
            [
                *_laid_out(question),
                *_mistakes(question, given),
                *tempting.lines(known, "".join(wrong_letters(asked(question), text) for text in given)),
                *([f"再练一道同类的：/同类 {number}"] if twin else []),
            ]
        )

    async def twin(self, incoming: Incoming, rest: str) -> str:
        """A game of the twin of the question that *rest* names, else of those of the latest mistakes.

        A sentence when there is none; empty when the game speaks.
        """
        named = NUMBER.fullmatch(rest)
        if rest and named is None:
            return USAGE
        if incoming.group_id is not None:
            return PRIVATE_ONLY.format(f"/同类 {rest}".strip())
        await self._learner.learn()
        async with self._sessions() as session:
            if named is not None:
                one = await self._met(session, incoming.member_id, int(named[1]))
                found, none = [one] if one else [], NO_TWIN if one else NO_CARD
                none = none.format(int(named[1]))
            else:
                found = [due.question for due in await study.book(session, incoming.member_id, most=_LATEST)]
                none = NO_TWINS if found else EMPTY_BOOK
            chosen = await self._twins_of(session, incoming.member_id, found)
        return await self._quizzes.practise(incoming, chosen, called="同类") if chosen else none

    async def _met(self, session: AsyncSession, member_id: str, number: int) -> Question | None:
        """The question, if the member has practised it."""
        card = await study.cards_of(session, {(member_id, number)})
        return await session.get(Question, number) if card else None

    async def _twins_of(self, session: AsyncSession, member_id: str, found: Sequence[Question]) -> Chosen:
        """A twin of each, no question twice, those that the member has not met first."""
        avoid = {card.question_id for card in await study.cards(session, member_id)}
        twins: dict[int, Question] = {}
        for question in found:
            twin = await self._twins.of(session, question, today=today(), avoid=avoid | twins.keys())
            if twin is not None:
                twins.setdefault(twin.id, twin)
        return [(number, asked(twin)) for number, twin in twins.items()]


def _laid_out(question: Question) -> list[str]:
    facts = [quiz_words.KINDS[question.kind], question.category]
    lines = [
        f"#{question.id} " + " · ".join(fact for fact in facts if fact),
        question.stem,
        *(f"{letter}. {option}" for letter, option in zip(quiz_words.LETTERS, question.options, strict=False)),
        f"答案：{quiz_words.key(asked(question))}",
    ]
    if explanation := " ".join(question.explanation.split()):
        lines.append(explanation if len(explanation) <= _LONGEST else f"{explanation[:_LONGEST].rstrip()}……")
    return lines


def _mistakes(question: Question, given: Sequence[str]) -> list[str]:
    """What the member answered wrongly, the most often first."""
    posed = asked(question)
    # Of several letters the right ones belong to the answer too.
    letters = [wrong_letters(posed, text) if question.kind == "single" else "" for text in given]
    often = Counter(one or " ".join(text.split())[:_LONGEST_GIVEN] for one, text in zip(letters, given, strict=True))
    parts = [f"{said}（{count} 次）" if count > 1 else said for said, count in often.most_common(_SHOWN)]
    return [f"你答错过：{'、'.join(parts)}"] if parts else []
