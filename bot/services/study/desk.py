"""错题本, 复习, 考试, 我的: what a member does alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from bot.services.drawing import drawn
from bot.services.incoming import Incoming
from bot.services.quiz.host import QuizHost
from bot.services.study import words
from bot.services.study.facts import Facts, facts_of
from bot.services.study.learning import Learner
from bot.services.study.load import Unread, load_of, wanted
from local_time import local_now
from store import accounts, attempts, personal, study
from store.db import Sessions
from store.quizzes import asked
from store.study import Due

_FIVE_YEARS = timedelta(days=5 * 366)
_UNDO_WITHIN = timedelta(minutes=10)
_DAY = re.compile(
    r"(?:(\d{4})\s*[-./年]\s*|(?<![\d\-./年])(?<!年\s))(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?![\d\-./])"
)
_COUNT = re.compile(r"(\d{1,3})\s*[道个]?\s*题?")
_MOST = 50
_DELETE_WITHIN_S = 300.0
Draw = Callable[[Facts, str], bytes]


class StudyDesk:
    """One sentence for every command, or a game of the member's own."""

    def __init__(
        self,
        sessions: Sessions,
        quizzes: QuizHost,
        learner: Learner,
        *,
        draw: Draw | None = None,
        clock: Callable[[], datetime] = local_now,
    ) -> None:
        """*draw* makes a picture of a standing and a name; *clock* tells the local time."""
        self._sessions = sessions
        self._quizzes = quizzes
        self._learner = learner
        self._draw = draw
        self._clock = clock
        self._deleting: dict[str, float] = {}

    async def book(self, incoming: Incoming, rest: str) -> str:
        """What stands in the wrong-question book, or a game of it."""
        again, category = _again(rest)
        member = incoming.member_id
        await self._learner.learn()
        async with self._sessions() as session:
            sizes = await study.book_size(session, member)
            due = await study.book(session, member, category=category, most=_MOST)
        if not sizes:
            return words.EMPTY_BOOK
        if not due:
            return words.EMPTY_CATEGORY.format(category)
        if not again:
            return words.book(due, sizes, category)
        if incoming.group_id is not None:
            return words.PRIVATE_ONLY
        return await self._quizzes.practise(incoming, questions_of(due[:10]), called="错题")

    async def review(self, incoming: Incoming, rest: str) -> str:
        """A game of what is due, or how much shall come a day; a sentence when there is no game."""
        if (said := await self._set_load(incoming.member_id, rest)) is not None:
            return said
        if incoming.group_id is not None:
            return words.PRIVATE_ONLY
        count = _COUNT.fullmatch(rest)
        if rest and count is None:
            return words.REVIEW_USAGE
        most = max(1, min(int(count[1]), _MOST)) if count else 10
        today = self._clock()
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        await self._learner.learn()
        async with self._sessions() as session:
            load = load_of(await study.studying(session, incoming.member_id))
            due = await study.due(session, incoming.member_id, today, most=load.cap)
            done = await attempts.reviewed_since(session, incoming.member_id, midnight)
            known = bool(due) or bool(await study.cards(session, incoming.member_id))
        if not due:
            return words.NOTHING_DUE if known else words.NOTHING_YET
        left = load.quota(today.date(), len(due) + done) - done
        if left <= 0:
            return words.ENOUGH.format(done)
        return await self._quizzes.practise(incoming, questions_of(interleaved(due[: min(most, left)])))

    async def _set_load(self, member_id: str, rest: str) -> str | None:
        """What came of setting the load of a day; ``None`` when *rest* says nothing of it."""
        try:
            values = wanted(rest)
        except Unread:
            return words.LOAD_USAGE
        if values is None:
            return None
        async with self._sessions.begin() as session:
            load = load_of(await study.set_studying(session, member_id, **values))
        return (words.LOAD if values else words.LOAD_SET).format(load.told)

    async def undo(self, incoming: Incoming) -> str:
        """Take the member's last answer back, as if it had not been given."""
        if incoming.group_id is not None:
            return words.UNDO_PRIVATE
        await self._learner.learn()
        async with self._sessions.begin() as session:
            gone = await attempts.take_back(session, incoming.member_id, since=self._clock() - _UNDO_WITHIN)
        if gone is None:
            return words.NOTHING_TO_UNDO
        return words.UNDONE.format(gone.question_id, gone.text[:20])

    async def exam(self, incoming: Incoming, rest: str) -> str:
        """Set the exam day, take it back, or tell of it."""
        member, today = incoming.member_id, self._clock().date()
        if not rest:
            facts = await self._facts(member)
            return words.NO_EXAM if facts.exam_on is None else words.exam_set(facts).removeprefix("好，")
        if rest in ("取消", "不考了", "关"):
            async with self._sessions.begin() as session:
                await study.set_studying(session, member, exam="", exam_on=None)
            return words.EXAM_OFF
        found = _DAY.search(rest)
        try:
            day = _day(found, today) if found else None
        except ValueError:
            day = None
        if found is None or day is None:
            return words.EXAM_USAGE
        if day <= today:
            return words.EXAM_PAST.format(day)
        if day - today > _FIVE_YEARS:
            return words.EXAM_FAR
        name = (rest[: found.start()] + rest[found.end() :]).strip()[:32] or "考试"
        async with self._sessions.begin() as session:
            await study.set_studying(session, member, exam=name, exam_on=day)
        return words.exam_set(await self._facts(member))

    async def mine(self, incoming: Incoming) -> tuple[str, bytes]:
        """How the member stands, in words and as a picture."""
        facts = await self._facts(incoming.member_id)
        if not facts.cards and not facts.answered:
            return words.NOTHING_YET, b""
        if self._draw is None:
            return words.mine(facts), b""
        return words.mine(facts), await drawn("a standing", self._draw, facts, incoming.member_name)

    async def shelve(self, incoming: Incoming, rest: str, *, shelved: bool) -> str:
        """Let a question come no more, or again."""
        number = rest.strip("# 号题")
        if not number.isdecimal() or len(number) > 18:
            return words.SHELF_USAGE
        async with self._sessions.begin() as session:
            known = await study.shelve(session, incoming.member_id, int(number), shelved=shelved)
        if not known:
            return words.NO_CARD.format(number)
        return words.SHELVED.format(number, number) if shelved else words.UNSHELVED.format(number)

    async def boards(self, incoming: Incoming, rest: str) -> str:
        """Whether the member is shown on boards."""
        wanted: dict[str, tuple[dict[str, bool], str]] = {
            "开": ({"on_boards": True}, words.ON_BOARDS),
            "关": ({"on_boards": False, "on_global": False}, words.OFF_BOARDS),
            "全站": ({"on_boards": True, "on_global": True}, words.ON_GLOBAL),
        }
        if rest not in wanted:
            return words.BOARD_USAGE
        values, text = wanted[rest]
        async with self._sessions.begin() as session:
            await study.set_studying(session, incoming.member_id, **values)
        return text

    def ask_to_delete(self, incoming: Incoming) -> str:
        """The first of two steps."""
        self._deleting[incoming.member_id] = asyncio.get_running_loop().time() + _DELETE_WITHIN_S
        return words.DELETE_ASK

    def may_delete(self, incoming: Incoming) -> bool:
        """Whether the member took the first step a while ago."""
        return self._deleting.get(incoming.member_id, 0.0) > asyncio.get_running_loop().time()

    def keep(self, incoming: Incoming) -> str:
        """The member does not take the second step."""
        self._deleting.pop(incoming.member_id, None)
        return words.KEPT

    async def delete(self, incoming: Incoming) -> str:
        """The second step: everything that is kept about the member is gone, its name is off the boards."""
        self._deleting.pop(incoming.member_id, None)
        async with self._sessions() as session:
            mine = await accounts.of_person(session, incoming.member_id)
        await self._quizzes.end_private(mine)
        await self._learner.learn()
        async with self._sessions.begin() as session:
            count = await personal.forget(session, incoming.member_id)
        return words.DELETED.format(count)

    async def _facts(self, member_id: str) -> Facts:
        await self._learner.learn()
        async with self._sessions() as session:
            return await facts_of(session, member_id, at=self._clock())


def _day(said: re.Match[str], today: date) -> date:
    """The day that was said; without a year the next one of that date.

    Raises:
        ValueError: no calendar has it.
    """
    month, day = int(said[2]), int(said[3])
    if said[1]:
        return date(int(said[1]), month, day)
    soon = date(today.year, month, day)
    return soon if soon > today else date(today.year + 1, month, day)


def questions_of(due: Sequence[Due]) -> list[tuple[int, dict[str, Any]]]:
    """As a game asks them."""
    return [(one.question.id, asked(one.question)) for one in due]


def interleaved(due: Sequence[Due]) -> list[Due]:
    """No two of a category in a row where it can be helped: what is mixed is remembered better."""
    piles: dict[str, list[Due]] = {}
    for one in due:
        piles.setdefault(one.question.category, []).append(one)
    rows = zip_longest(*sorted(piles.values(), key=len, reverse=True))
    return [one for row in rows for one in row if one is not None]


def _again(rest: str) -> tuple[bool, str]:
    found = [word for word in rest.split() if word not in ("再练", "重练", "练")]
    return len(found) != len(rest.split()), found[0] if found else ""
