"""Polls in the book: found by account and id, stopped once, forgotten after some days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from bot.services.polls import PollBook
from bot.services.sending.post import Chat
from store import personal
from store.db import Sessions
from store.models import ChatPoll, now

GROUP, PRIVATE = Chat("telegram:1", "telegram:-7", group=True), Chat("telegram:1", "telegram:5", group=False)


async def test_a_poll_is_found_by_its_account_alone(sessions: Sessions):
    await PollBook(sessions).opened(GROUP, "55", "9", about="quiz:3", says=["A", "B"])
    # As another process reads it.
    book = PollBook(sessions)
    found = await book.find("telegram:1", "55")
    assert found is not None
    assert (found.lane, found.is_group, found.message_id) == ("telegram:-7", True, "9")
    assert (found.about, found.says, found.closed_at) == ("quiz:3", ["A", "B"], None)
    assert await book.find("telegram:2", "55") is None
    assert await book.find("telegram:1", "56") is None


async def test_what_is_to_be_stopped_is_told_once(sessions: Sessions):
    book = PollBook(sessions)
    for poll_id in ("1", "2"):
        await book.opened(GROUP, poll_id, poll_id, about="quiz:3", says=["A"])
    await book.opened(GROUP, "3", "3", about="quiz:4", says=["A"])
    assert await book.close("telegram:2", "quiz:3") == []
    assert [one.poll_id for one in await book.close("telegram:1", "quiz:3")] == ["1", "2"]
    assert await book.close("telegram:1", "quiz:3") == []
    assert await book.find("telegram:1", "1") is not None


async def test_old_ones_are_forgotten(sessions: Sessions):
    book = PollBook(sessions)
    await book.opened(GROUP, "1", "1", about="quiz:1", says=["A"])
    await book.opened(GROUP, "2", "2", about="quiz:2", says=["A"])
    async with sessions.begin() as session:
        old = now() - timedelta(days=4)
        await session.execute(update(ChatPoll).where(ChatPoll.poll_id == "1").values(opened_at=old))
    await book.opened(GROUP, "3", "3", about="quiz:3", says=["A"])
    async with sessions() as session:
        assert set(await session.scalars(select(ChatPoll.poll_id))) == {"2", "3"}


async def test_private_ones_go_with_the_member(sessions: Sessions):
    book = PollBook(sessions)
    await book.opened(PRIVATE, "1", "1", about="quiz:1", says=["A"])
    await book.opened(GROUP, "2", "2", about="quiz:2", says=["A"])
    async with sessions.begin() as session:
        await personal.forget(session, "telegram:5")
    assert await book.find("telegram:1", "1") is None
    assert await book.find("telegram:1", "2") is not None
