"""What stands above a day's questions: how long the chat has kept at it, and how near the exam is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.digest.outcome import least_answers
from bot.services.digest.streaks import chat_streak
from bot.services.push import timetable
from bot.services.study import daily
from store import accounts, digests, study
from store.digests import Kept
from store.models import Subscription

_LONG_AGO = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Morning:
    kept: Kept
    streak: int
    """Days in a row up to the day before."""
    exam: str = ""
    """国考, …: what most of the chat prepares for; empty when they have not said."""
    days_left: int = 0
    reveals_at: str = ""
    """Local time of the summary: ``21:30``; empty when there is none."""

    @property
    def alone(self) -> bool:
        """It is asked of one member in private."""
        return self.kept.quiz.group_id is None


def reveals_at(subscription: Subscription, kept: Kept, today: date) -> str:
    """When the summary of *kept* comes, on the chat's clocks and as it is said *today*: ``21:30``, ``明天 07:00``; empty
    when there is none."""
    due = timetable.summary_at(subscription, kept.digest.day, kept.quiz.started_at)
    if due is None:
        return ""
    there = timetable.local(due, subscription.zone)
    return f"{'明天 ' if there.date() > today else ''}{there:%H:%M}"


async def morning_of(session: AsyncSession, kept: Kept, *, reveals_at: str, at: datetime) -> Morning:
    """All that is told with the questions of *kept*."""
    lane, day = kept.quiz.lane, kept.digest.day
    since = day - _LONG_AGO
    days, parts = await digests.days(session, lane, since), await digests.parts(session, lane, since)
    streak = chat_streak(days, parts, least=least_answers(kept), until=day - timedelta(days=1))
    members = (
        {await accounts.person_of(session, lane)}
        if kept.quiz.group_id is None
        else await study.active(session, lane, at - daily.ACTIVE)
    )
    settings = await study.settings_of(session, members)
    aims = [(one.exam, one.exam_on) for one in settings.values() if one.exam_on]
    exams = Counter((exam, exam_on) for exam, exam_on in aims if exam_on >= day)
    for (exam, exam_on), count in exams.most_common(1):
        if 2 * count > len(members):
            return Morning(kept, streak, exam or "考试", (exam_on - day).days, reveals_at)
    return Morning(kept, streak, reveals_at=reveals_at)
