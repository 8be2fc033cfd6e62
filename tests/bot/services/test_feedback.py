"""Ratings, corrections and history on a real SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.services.feedback import FeedbackService, InvalidProposal, UnknownAsk
from bot.services.passport import Passport
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Ask, Base, Correction, Member, Rating

ME, OTHER = "web:me", "web:other"


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
        text=f"第{number}题",
        state="answered",
        reply="答",
        passport=Passport(source="bank", match="exact", confidence=1.0, question_ids=(7,)).model_dump(mode="json"),
        received_at=datetime.now(UTC),
    )


@pytest.fixture
def feedback(sessions: Sessions) -> FeedbackService:
    return FeedbackService(sessions)


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
        await feedback.propose(ask_id, ME, "甲", "")


async def test_the_same_words_give_the_same_id_even_at_once(feedback, sessions):
    ids = await asyncio.gather(*(feedback.propose(1, ME, " 甲\n", "书上写的") for _ in range(12)))
    assert len(set(ids)) == 1
    assert await feedback.propose(1, ME, "甲", "书上写的 ") == ids[0]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Correction)) == 1


async def test_another_answer_or_reason_is_another_correction(feedback):
    ids = [await feedback.propose(1, ME, *words) for words in (("甲", ""), ("乙", ""), ("甲", "另有出处"))]
    ids.append(await feedback.propose(2, ME, "甲", ""))
    assert len(set(ids)) == 4


async def test_a_proposal_keeps_the_rating(feedback):
    await feedback.rate(1, ME, -1)
    await feedback.propose(1, ME, "甲", "")
    assert (await feedback.history(ME, 3))[0].rating == -1


@pytest.mark.parametrize(
    ("proposed", "reason", "words"),
    [
        ("", "因为", "写上你认为正确的答案。"),
        (" \n\x00", "", "写上你认为正确的答案。"),
        ("长" * 501, "", "正确答案最多 500 字，现在有 501 字。"),
        ("甲", "长" * 1001, "理由最多 1000 字，现在有 1001 字。"),
    ],
)
async def test_an_empty_or_long_proposal_says_what_to_change(feedback, proposed, reason, words):
    with pytest.raises(InvalidProposal, match=words):
        await feedback.propose(1, ME, proposed, reason)


async def test_the_history_is_the_members_own_last_ones_oldest_first(feedback):
    await feedback.propose(3, ME, "甲", "书上写的")
    history = await feedback.history(ME, 2)
    assert [exchange.question for exchange in history] == ["第2题", "第3题"]
    assert [proposal.proposed for proposal in history[1].proposals] == ["甲"]
    assert history[0].proposals == ()
    assert history[0].passport is not None
    assert history[0].passport.question_ids == (7,)
    assert history[0].received_at.tzinfo is not None


async def test_a_stranger_has_no_history(feedback):
    assert await feedback.history("web:nobody", 20) == []
