"""Ratings, corrections and history on a real SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.services.corrections import CorrectionService, Refused
from bot.services.corrections.feedback import FeedbackService, UnknownAsk
from bot.services.corrections.reporting import Reporter
from bot.services.passport import Passport
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Ask, Base, Correction, Member, Rating

ME, OTHER = "web:me", "web:other"
AS_ME = Reporter(ME, "", "web", None)
STEMS = {
    1: "我国最长的河流是什么？",
    2: "我国最大的湖泊是什么？",
    3: "世界第三长的河流是什么？",
    4: "我国最高的山峰是什么？",
}


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'feedback.db'}", StoreConfig(sqlite_synchronous="normal"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    sessions = open_sessions(engine)
    async with sessions.begin() as session:
        session.add_all([Member(id=ME), Member(id=OTHER)])
        await session.flush()
        session.add_all([_ask(number, ME) for number in (1, 2, 3)] + [_ask(4, OTHER)])
    yield sessions
    await engine.dispose()


def _ask(number: int, member_id: str) -> Ask:
    return Ask(
        id=number,
        account="web",
        member_id=member_id,
        text=STEMS[number],
        state="answered",
        reply="答",
        passport=Passport(source="bank", match="exact", confidence=1.0, question_ids=(7,)).model_dump(mode="json"),
        received_at=datetime.now(UTC),
    )


@pytest.fixture
def feedback(sessions: Sessions) -> FeedbackService:
    return FeedbackService(sessions, CorrectionService(sessions))


async def test_the_last_rating_is_the_one_kept(feedback, sessions):
    for rating, kept in ((1, 1), (-1, -1), (0, None)):
        await feedback.rate(1, ME, rating)
        async with sessions() as session:
            assert await session.scalar(select(Rating.value).where(Rating.ask_id == 1)) == kept


@pytest.mark.parametrize("ask_id", [4, 99, 0, -1, 2**63])
async def test_what_is_not_the_members_own_is_unknown(feedback, ask_id):
    with pytest.raises(UnknownAsk):
        await feedback.rate(ask_id, ME, 1)
    with pytest.raises(UnknownAsk):
        await feedback.propose(ask_id, AS_ME, "甲", "")


async def test_the_same_answer_gives_the_same_number_even_at_once(feedback, sessions):
    made = await asyncio.gather(*(feedback.propose(1, AS_ME, " 长江\n", "书上写的") for _ in range(12)))
    assert len({reported.correction_id for reported in made}) == 1
    assert (await feedback.propose(1, AS_ME, "答案是长江。", "")).correction_id == made[0].correction_id
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Correction)) == 1


async def test_a_proposal_keeps_the_rating(feedback):
    await feedback.rate(1, ME, -1)
    await feedback.propose(1, AS_ME, "长江", "")
    assert (await feedback.history(ME, 3))[0].rating == -1


async def test_whoever_saw_an_answer_may_rate_it(feedback, sessions):
    await feedback.rate_seen(1, "qq:77", -1, name="路人")
    await feedback.rate_seen(1, ME, 1)
    async with sessions() as session:
        rows = await session.execute(select(Rating.member_id, Rating.value).order_by(Rating.value))
        assert rows.all() == [("qq:77", -1), (ME, 1)]


@pytest.mark.parametrize(
    ("proposed", "reason", "words"),
    [
        ("", "因为", "没看到正确答案"),
        (" \n\x00", "", "没看到正确答案"),
        ("长" * 201, "", "答案有 201 字，太长了"),
        ("长江", "长" * 501, "理由有 501 字，太长了"),
    ],
)
async def test_an_empty_or_long_proposal_says_what_to_change(feedback, proposed, reason, words):
    with pytest.raises(Refused, match=words):
        await feedback.propose(1, AS_ME, proposed, reason)


async def test_the_history_is_the_members_own_last_ones_oldest_first(feedback):
    await feedback.propose(3, AS_ME, "长江", "书上写的")
    history = await feedback.history(ME, 2)
    assert [exchange.question for exchange in history] == [STEMS[2], STEMS[3]]
    assert [proposal.proposed for proposal in history[1].proposals] == ["长江"]
    assert history[0].proposals == ()
    assert history[0].passport is not None
    assert history[0].passport.question_ids == (7,)
    assert history[0].received_at.tzinfo is not None


async def test_a_stranger_has_no_history(feedback):
    assert await feedback.history("web:nobody", 20) == []
