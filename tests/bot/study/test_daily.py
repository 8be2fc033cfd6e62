"""The question of the day."""

from __future__ import annotations

from datetime import timedelta

from bot.services.quiz import words
from bot.services.study.daily import pick
from store.db import Sessions
from store.ids import new_id
from store.models import Attempt, Question, StudyCard, now
from tests.bot.quiz.table import GROUP, Table, fill


async def practised(sessions: Sessions, member: str, question: int, *, days: int, stability: float) -> None:
    """The member answered the question so long ago."""
    at = now() - timedelta(days=days)
    async with sessions.begin() as session:
        session.add(
            StudyCard(
                member_id=member,
                question_id=question,
                state=2,
                stability=stability,
                difficulty=5.0,
                due=at,
                last_review=at,
            )
        )
        session.add(
            Attempt(
                id=new_id(),
                member_id=member,
                question_id=question,
                group_id=GROUP,
                source="quiz",
                right=True,
                grade=3,
                took_ms=1000,
                at=at,
            )
        )


async def test_what_most_members_would_have_forgotten(sessions: Sessions):
    await fill(sessions)
    async with sessions() as session:
        assert await pick(session, GROUP, at=now()) is None
    await practised(sessions, "qq:1", 1, days=10, stability=5)
    await practised(sessions, "qq:1", 2, days=10, stability=50)
    await practised(sessions, "qq:2", 2, days=10, stability=50)
    await practised(sessions, "qq:2", 1, days=10, stability=5)
    await practised(sessions, "qq:3", 3, days=1, stability=0.1)
    async with sessions() as session:
        found = await pick(session, GROUP, at=now())
        assert found is not None
        # The third is forgotten most, but was met yesterday.
        assert found.id == 1
        assert await pick(session, "qq:99", at=now()) is None
    async with sessions.begin() as session:
        (await session.get_one(Question, 1)).valid_until = (now() - timedelta(days=2)).date()
    async with sessions() as session:
        # What holds no more is not asked.
        found = await pick(session, GROUP, at=now())
        assert found is not None
        assert found.id == 2


async def test_it_is_asked_of_the_whole_group(sessions: Sessions):
    await fill(sessions)
    table = Table(sessions)
    assert await table.host.question_of_the_day(table.incoming("", group=None)) == words.ONLY_GROUPS
    assert await table.host.question_of_the_day(table.incoming("")) == ""
    assert table.said[0].startswith("全员答 1 题")
    assert await table.host.question_of_the_day(table.incoming("")) == words.ALREADY
    table.host.leave()
