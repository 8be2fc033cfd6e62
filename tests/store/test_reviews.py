"""The queue's table under several writers at once."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select, update

from store import people, ratings, reviews
from store.db import Sessions
from store.models import Ask, Member, Rating, ReviewItem, ReviewVote, now

VALUES = {"subject": "f" * 32, "kind": "short", "stem": "我国最长的河流是什么？"}


async def test_everybody_who_opens_a_question_at_once_gets_the_same_item(sessions: Sessions):
    async def open_it() -> tuple[int, bool]:
        async with sessions.begin() as session:
            item, is_new = await reviews.open_item(session, VALUES)
            item.times_asked += 1
        return item.id, is_new

    found = await asyncio.gather(*(open_it() for _ in range(8)))
    assert len({number for number, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1
    async with sessions() as session:
        assert await session.scalar(select(ReviewItem.times_asked)) == 8


async def test_a_settled_question_is_opened_anew(sessions: Sessions):
    async with sessions.begin() as session:
        first, _ = await reviews.open_item(session, VALUES)
        first.status = "approved"
    async with sessions.begin() as session:
        second, is_new = await reviews.open_item(session, VALUES)
    assert is_new
    assert second.id != first.id
    assert second.status == "open"


async def test_an_item_that_is_settled_while_somebody_waits_for_it_is_a_new_matter(sessions: Sessions):
    async with sessions.begin() as session:
        first, _ = await reviews.open_item(session, VALUES)
    locked = asyncio.Event()

    async def settle() -> None:
        async with sessions.begin() as session:
            item = await reviews.lock_item(session, first.id)
            locked.set()
            await asyncio.sleep(0.05)
            item.status = "rejected"

    async def report() -> int:
        await locked.wait()
        async with sessions.begin() as session:
            item, _ = await reviews.open_item(session, VALUES)
        return item.id

    _, number = await asyncio.gather(settle(), report())
    assert number != first.id


async def test_collectors_take_turns_at_a_mark(sessions: Sessions):
    async def step() -> int:
        async with sessions.begin() as session:
            at = await reviews.mark(session, "asks")
            await reviews.set_mark(session, "asks", at + 1)
        return at

    assert sorted(await asyncio.gather(*(step() for _ in range(6)))) == [0, 1, 2, 3, 4, 5]


async def test_the_last_vote_of_a_reviewer_and_the_last_rating_of_a_member_count(sessions: Sessions):
    async with sessions.begin() as session:
        item, _ = await reviews.open_item(session, VALUES)
        await people.meet(session, "qq:1")
        session.add(Ask(id=1, account="qq:9", member_id="qq:1", text="?", received_at=now()))
    for verdict, value in (("approve", 1), ("skip", -1), ("reject", 1)):
        async with sessions.begin() as session:
            await reviews.vote(session, {"item_id": item.id, "reviewer": "1", "verdict": verdict})
            await ratings.rate(session, ask_id=1, member_id="qq:1", value=value)
    async with sessions.begin() as session:
        assert [vote.verdict for vote in await reviews.votes(session, item.id)] == ["reject"]
        assert await ratings.of_member(session, ask_ids=[1], member_id="qq:1") == {1: 1}
        await ratings.rate(session, ask_id=1, member_id="qq:1", value=0)
        assert await session.scalar(select(func.count()).select_from(Rating)) == 0


async def test_who_is_met_by_many_at_once_is_one_member_with_a_name(sessions: Sessions):
    async def meet(name: str) -> None:
        async with sessions.begin() as session:
            await people.meet(session, "qq:1", name)

    await asyncio.gather(*(meet(name) for name in ("", "甲", "", "甲")))
    await meet("乙")
    async with sessions() as session:
        assert (await session.execute(select(Member.id, Member.name))).all() == [("qq:1", "甲")]


async def test_what_was_settled_is_remembered_until_it_is_undone(sessions: Sessions):
    moment = now()
    async with sessions.begin() as session:
        item, _ = await reviews.open_item(session, VALUES)
        item.status, item.decided_at = "rejected", moment
    async with sessions.begin() as session:
        assert await reviews.settled_lately(session, VALUES["subject"], moment)
        await session.execute(update(ReviewItem).values(status="approved", verdict="changed"))
        assert not await reviews.settled_lately(session, VALUES["subject"], moment)
        assert (await session.scalars(select(ReviewVote))).all() == []
