"""Exchanges on their way to disk."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from store import personal
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from store.exchanges import Delivered, Received, Settled, mark_interrupted
from store.ids import new_id
from store.journal import Journal, StoreUnavailable
from store.models import Ask, Member


def received(ask_id: int, member: str = "qq:1", group: str | None = "qq:9", at: datetime | None = None) -> Received:
    return Received(ask_id, "qq:10001", group, member, "小明", "7", "题目", at or datetime.now(UTC))


def settled(ask_id: int) -> Settled:
    return Settled(ask_id, "answered", "", "答案", {"source": "bank"}, None, datetime.now(UTC))


@pytest.fixture
async def engine(database_url):
    engine = open_engine(database_url, StoreConfig())
    yield engine
    await engine.dispose()


async def asks(engine) -> dict[int, Ask]:
    async with open_sessions(engine)() as session:
        return {ask.id: ask for ask in await session.scalars(select(Ask))}


async def test_an_exchange_is_on_disk_once_settled(engine):
    async with Journal(engine, linger_s=0.01) as journal:
        journal.received(received(1))
        await journal.settled(settled(1))
        stored = (await asks(engine))[1]
        assert (stored.state, stored.reply, stored.passport) == ("answered", "答案", {"source": "bank"})
        assert stored.received_at.tzinfo is not None
        journal.delivered(Delivered(1, "-42", datetime.now(UTC)))
    stored = (await asks(engine))[1]
    assert stored.reply_message_id == "-42"
    assert stored.delivered_at is not None


async def test_a_question_is_on_disk_before_its_answer(engine):
    async with Journal(engine, linger_s=60) as journal:
        journal.received(received(5))
        await journal.flush()
        assert (await asks(engine))[5].state == "received"
        await journal.settled(settled(5))
        assert (await asks(engine))[5].state == "answered"


async def test_many_at_once_are_all_there(engine):
    ids = [new_id() for _ in range(300)]

    async def one(ask_id: int) -> None:
        journal.received(received(ask_id, member=f"qq:{ask_id % 7}", group=None))
        await asyncio.sleep(ask_id % 3 / 1000)
        await journal.settled(settled(ask_id))
        journal.delivered(Delivered(ask_id, str(ask_id), datetime.now(UTC)))

    async with Journal(engine, linger_s=0.01) as journal:
        await asyncio.gather(*map(one, ids))
    stored = await asks(engine)
    assert set(stored) == set(ids)
    assert all(ask.reply_message_id == str(ask.id) for ask in stored.values())
    async with open_sessions(engine)() as session:
        assert len((await session.scalars(select(Member))).all()) == 7


async def test_a_failing_database_is_told_to_the_waiter_and_the_journal_goes_on(engine):
    async with Journal(engine, linger_s=0.01) as journal:
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE ask RENAME TO ask_away"))
        journal.received(received(1))
        with pytest.raises(StoreUnavailable):
            await journal.settled(settled(1))
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE ask_away RENAME TO ask"))
        journal.received(received(2))
        await journal.settled(settled(2))
    assert set(await asks(engine)) == {2}


async def test_a_row_that_the_database_refuses_takes_no_other_with_it(engine):
    async with Journal(engine, linger_s=0.01) as journal:
        for number in (1, 2, 3):
            journal.received(received(number))
        bad = Settled(2, "answered", "", "答案", {"not": object()}, None, datetime.now(UTC))
        outcomes = await asyncio.gather(
            journal.settled(settled(1)), journal.settled(bad), journal.settled(settled(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), StoreUnavailable, type(None)]
        journal.received(received(4))
        await journal.settled(settled(4))
    assert set(await asks(engine)) == {1, 3, 4}


async def test_text_no_database_takes_is_stored_without_the_bad_part(engine):
    async with Journal(engine, linger_s=0.01) as journal:
        now = datetime.now(UTC)
        journal.received(Received(1, "qq:1", None, "qq:2", "小\ud83d明", "7", "题\x00目\ud800", now))
        await journal.settled(settled(1))
    assert (await asks(engine))[1].text == "题目?"


async def test_what_a_killed_process_left_is_settled(engine):
    now = datetime.now(UTC)
    async with Journal(engine, linger_s=0.01) as journal:
        journal.received(received(1, at=now - timedelta(minutes=5)))
        journal.received(received(2, at=now))
        await journal.flush()
    assert await mark_interrupted(engine, before=now - timedelta(minutes=1)) == 1
    assert {key: ask.state for key, ask in (await asks(engine)).items()} == {1: "interrupted", 2: "received"}


def test_ids_grow():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert ids[0] > 0
    assert ids[-1] < 2**63


async def test_whoever_was_forgotten_may_ask_again(engine):
    async with Journal(engine, linger_s=0.01) as journal, Journal(engine, linger_s=0.01) as other:
        for number, process in enumerate((journal, other), start=1):
            process.received(received(number))
            await process.settled(settled(number))
        async with open_sessions(engine).begin() as session:
            await personal.forget(session, "qq:1")
        assert await asks(engine) == {}
        # Each process still believes that it knows the member.
        for number, process in enumerate((journal, other), start=3):
            process.received(received(number))
            await process.settled(settled(number))
    assert {ask.member_id for ask in (await asks(engine)).values()} == {"qq:1"}
    async with open_sessions(engine)() as session:
        assert (await session.get_one(Member, "qq:1")).name == "小明"
