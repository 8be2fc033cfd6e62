"""How a member stands: what ``/我的`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.study import scheduling
from bot.services.study.load import Load, load_of
from store import attempts, study
from store.models import StudyCard

_MONTH = timedelta(days=30)
_FEW = 5
"""Answers of a category below which its rate says nothing."""
_WEAK = 3
FORECAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class CategoryFact:
    name: str
    right: int
    answered: int
    before: float | None
    """Share of right answers in the month before; ``None`` when there were too few."""

    @property
    def rate(self) -> float:
        return self.right / self.answered


@dataclass(frozen=True, slots=True)
class Facts:
    """A member's standing at one moment."""

    today: date
    streak: int
    """Days in a row with an answer, up to today or yesterday."""
    answered: int
    right: int
    categories: list[CategoryFact] = field(default_factory=list[CategoryFact])
    """Of the last 30 days, the most answered first."""
    in_book: int = 0
    due: list[int] = field(default_factory=list[int])
    """Reviews still to come today, and on each of the days after, as far as :attr:`load` lets them."""
    load: Load = field(default_factory=Load)
    cards: int = 0
    exam: str = ""
    exam_on: date | None = None
    recall: float | None = None
    """Mean likelihood to know a card on the exam day, or tomorrow without one."""

    @property
    def weakest(self) -> list[CategoryFact]:
        """Where most is wrong, the worst first."""
        known = [one for one in self.categories if one.answered >= _FEW and one.rate < 0.9]
        return sorted(known, key=lambda one: (one.rate, -one.answered))[:_WEAK]

    @property
    def days_left(self) -> int | None:
        return None if self.exam_on is None else (self.exam_on - self.today).days


async def facts_of(session: AsyncSession, member_id: str, *, at: datetime) -> Facts:
    """*at* in the local time that days are counted in."""
    zone = at.tzinfo
    assert zone is not None
    settings = await study.studying(session, member_id)
    now_rates = await study.rates(session, member_id, at - _MONTH)
    before_rates = {one.category: one for one in await study.rates(session, member_id, at - 2 * _MONTH)}
    answered_at = await study.days(session, member_id, at - timedelta(days=400))
    cards = await study.cards(session, member_id)
    load = load_of(settings)
    midnight = datetime.combine(at.date(), time(), zone)
    done = await attempts.reviewed_since(session, member_id, midnight)
    exam_on = settings.exam_on if settings else None
    aim = datetime.combine(exam_on, time(9), zone) if exam_on and exam_on >= at.date() else at + timedelta(days=1)
    return Facts(
        today=at.date(),
        streak=streak_of([moment.astimezone(zone).date() for moment in answered_at], at.date()),
        answered=sum(one.answered for one in now_rates),
        right=sum(one.right for one in now_rates),
        categories=[_category(one, before_rates.get(one.category)) for one in now_rates if one.answered],
        in_book=sum(card.in_book for card in cards),
        due=load.plan(at.date(), due_by_day(cards, at, zone), done),
        load=load,
        cards=len(cards),
        exam=settings.exam if settings else "",
        exam_on=exam_on,
        recall=_mean(
            [
                scheduling.recall(card, aim.astimezone(UTC), settings.parameters if settings else None)
                for card in cards
                if card.stability
            ]
        ),
    )


def streak_of(days: Sequence[date], today: date) -> int:
    """Days in a row that end today, or yesterday when nothing was answered today yet."""
    known = set(days)
    last = today if today in known else today - timedelta(days=1)
    count = 0
    while last - timedelta(days=count) in known:
        count += 1
    return count


def due_by_day(cards: Sequence[StudyCard], at: datetime, zone: tzinfo) -> list[int]:
    """Cards due today, overdue ones included, and on each of the following days."""
    counts = [0] * FORECAST_DAYS
    for card in cards:
        ahead = max(0, (card.due.astimezone(zone).date() - at.date()).days)
        if ahead < FORECAST_DAYS:
            counts[ahead] += 1
    return counts


def _category(one: study.CategoryRate, both: study.CategoryRate | None) -> CategoryFact:
    before = None
    if both is not None and both.answered - one.answered >= _FEW:
        before = (both.right - one.right) / (both.answered - one.answered)
    return CategoryFact(one.category or "其他", one.right, one.answered, before)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
