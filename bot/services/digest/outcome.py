"""How a day's digest was answered, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.digest.streaks import ALIVE, chat_streak, member_streaks
from store import digests
from store.digests import Kept
from store.models import QuizItem

_LONG_AGO = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    item: QuizItem
    right: int
    answered: int


@dataclass(frozen=True, slots=True)
class Player:
    member_id: str
    name: str
    right: int
    answered: int
    streak: int
    """Days in a row with an answer, this one included."""


@dataclass(frozen=True, slots=True)
class Outcome:
    kept: Kept
    items: Sequence[ItemOutcome]
    players: Sequence[Player] = field(default=())
    """The most right answers first, then who answered the most, then who came first."""
    streak: int = 0
    """Of the chat, in days; 0 when this day had too few answers."""

    @property
    def perfect(self) -> list[Player]:
        """Who was right everywhere."""
        return [one for one in self.players if one.right == len(self.items)]

    @property
    def alone(self) -> bool:
        """It was asked of one member in private."""
        return self.kept.quiz.group_id is None


async def outcome_of(session: AsyncSession, kept: Kept) -> Outcome:
    """What the database has of it so far; final once it is closed."""
    given = await digests.answers(session, kept.quiz.id)
    answered = Counter(number for number, _ in given)
    right = Counter(number for number, answer in given if answer.right)
    items = [ItemOutcome(item, right[item.number], answered[item.number]) for item in kept.items]
    today, lane = kept.digest.day, kept.quiz.lane
    since = today - _LONG_AGO
    days, parts = await digests.days(session, lane, since), await digests.parts(session, lane, since)
    streaks = member_streaks(days, parts, until=today)
    names: dict[str, str] = {}
    mine: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for _, answer in given:
        names[answer.member_id] = answer.member_name or names.get(answer.member_id, "")
        mine[answer.member_id] += 1
        good[answer.member_id] += answer.right
    players = [Player(one, names[one], good[one], mine[one], streaks.get(one, 0)) for one in mine]
    # Sorting keeps the order in which they came.
    players.sort(key=lambda one: (-one.right, -one.answered))
    least = least_answers(kept)
    return Outcome(kept, items, players, streak=chat_streak(days, parts, least=least, until=today))


def least_answers(kept: Kept) -> int:
    """So many make a day of the chat's streak."""
    return ALIVE if kept.quiz.group_id else 1
