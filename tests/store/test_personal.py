"""What is kept about a member: all of it is handed over, all of it can be forgotten, and a new table is not missed."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, func, select

from store import accounts, people, personal
from store.db import Sessions
from store.models import (
    Base,
    BattleVote,
    ChatAbility,
    ChatPoll,
    Correction,
    Member,
    PersonAccount,
    Quiz,
    QuizAnswer,
    QuizItem,
    ReviewItem,
    Subscription,
    now,
)
from tests.store.filled import everything, fill, known, mentions

ME, OTHER = "qq:111222", "qq:333444"
_LIKE_A_MEMBER = re.compile(r"member(?:_id)?$|user|person|players?$|_by$|reviewer|approvals|winner$|turn$|lane$|owner$")
_NO_MEMBER = {"rival_answer.settled_by"}
"""Columns that only sound like it."""


def member_columns(metadata: MetaData) -> set[str]:
    """Columns that name members, by where they lead or by how they are called."""
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == "member.id" for key in column.foreign_keys)
        or (_LIKE_A_MEMBER.search(column.name) and isinstance(column.type, String | JSON))
    }
    return found - _NO_MEMBER


def test_every_column_that_names_members_is_known():
    """Fails for a new table: say in ``store.personal.KEPT`` what it is to the member, and let ``forget`` empty it."""
    assert member_columns(Base.metadata) | {"member.id"} == known()


def test_a_new_table_would_be_noticed():
    metadata = MetaData()
    Table("diary", metadata, Column("id", Integer, primary_key=True), Column("member_id", String(96)))
    assert member_columns(metadata) == {"diary.member_id"}
    assert not member_columns(metadata) <= known()


async def test_all_of_it_is_handed_over_and_nothing_of_others(sessions: Sessions):
    async with sessions.begin() as session:
        await fill(session, ME, 1)
        await fill(session, OTHER, 2)
    async with sessions() as session:
        found = {kept.name: await personal.rows(session, kept, ME) for kept in personal.KEPT}
    for name, rows in found.items():
        assert len(rows) == 1, name
        text = json.dumps(rows, default=str)
        assert ME in text, name
        assert "333444" not in text, name
    [attempt] = found["attempt"]
    assert attempt["stem"] == "1"


@pytest.mark.parametrize("value", [ME, "111222"])
async def test_reviewers_are_found_by_either_name(sessions: Sessions, value: str):
    async with sessions.begin() as session:
        session.add(ReviewItem(subject="s", causes={}, kind="short", stem="题", held_by="333444", decided_by=value))
    [kept] = [one for one in personal.KEPT if one.model is ReviewItem]
    async with sessions() as session:
        [row] = await personal.rows(session, kept, ME)
        assert (row["held_by"], row["decided_by"]) == (None, value)
        assert await personal.rows(session, kept, "qq:1112") == []
        # The number is that of QQ: the same one elsewhere is somebody else's.
        if value != ME:
            assert await personal.rows(session, kept, "telegram:111222") == []


async def test_all_of_it_is_forgotten_and_nothing_of_others(sessions: Sessions):
    async with sessions.begin() as session:
        await fill(session, ME, 1)
        await fill(session, OTHER, 2)
        before = await everything(session)
    # As in a game of several: what the other one sees of it must stay.
    stays = {kept.name for kept in personal.KEPT if kept.stays}
    async with sessions.begin() as session:
        assert await personal.forget(session, ME) == 1
    async with sessions() as session:
        after = await everything(session)
        assert mentions(after.items(), ME) == stays
        assert mentions(after.items(), OTHER) == mentions(before.items(), OTHER)
        assert len((await session.scalars(select(BattleVote))).all()) == 1
        [mine, _] = (await session.scalars(select(Correction).order_by(Correction.id))).all()
        nobody = await session.get_one(Member, mine.member_id)
    assert nobody.id.startswith("gone:")
    assert (nobody.name, mine.reason, mine.account) == ("", "", "")


async def test_a_judge_by_rule_is_nobody(sessions: Sessions):
    async with sessions.begin() as session:
        await fill(session, ME, 1)
        answer = (await session.scalars(select(QuizAnswer))).one()
        answer.judged_by = "rule"
    [kept] = [one for one in personal.KEPT if one.model is QuizAnswer]
    async with sessions() as session:
        [row] = await personal.rows(session, kept, ME)
    assert row["judged_by"] == "rule"


async def test_all_accounts_of_a_person_are_handed_over_and_forgotten(sessions: Sessions):
    alias = "telegram:555666"
    async with sessions.begin() as session:
        await fill(session, ME, 1)
        await session.delete(await session.get_one(PersonAccount, ME))
        await fill(session, alias, 2)
        await session.delete(await session.get_one(PersonAccount, alias))
        await session.flush()
        await people.meet(session, alias)
        await accounts.bind(session, alias, ME)
    stays = {kept.name for kept in personal.KEPT if kept.stays}
    async with sessions() as session:
        for asked in (ME, alias):
            found = {kept.name: await personal.rows(session, kept, asked) for kept in personal.KEPT}
            assert all(len(rows) == 2 for name, rows in found.items() if name != "person_account")
            assert [row["account_id"] for row in found["person_account"]] == [alias]
    async with sessions.begin() as session:
        assert await personal.forget(session, alias) == 2
    async with sessions() as session:
        after = await everything(session)
    assert mentions(after.items(), ME) | mentions(after.items(), alias) == stays


async def test_names_without_a_digit_are_left_out_too(sessions: Sessions):
    async with sessions.begin() as session:
        game = Quiz(
            account="satori:bot", lane="satori:room", group_id="satori:room", mode="race", limit_s=9, players=[]
        )
        game.started_by = "satori:bob"
        session.add(game)
        await session.flush()
        item = QuizItem(quiz_id=game.id, number=1, asked={}, winner="satori:bob", turn="satori:alice")
        session.add(item)
        await session.flush()
        answer = QuizAnswer(id=1, item_id=item.id, member_id="satori:alice", text="A", right=False, took_ms=1)
        answer.judged_by = "satori:bob"
        session.add(answer)
    async with sessions() as session:
        found = [await personal.rows(session, kept, "satori:alice") for kept in personal.KEPT]
    assert sum(map(len, found)) == 2
    assert "satori:bob" not in json.dumps(found, default=str)


async def chats(sessions: Sessions, lane: str, *, group: bool) -> None:
    """What is kept about a chat of that number."""
    group_id = lane if group else None
    async with sessions.begin() as session:
        session.add_all(
            [
                Quiz(account="qq:9", lane=lane, group_id=group_id, mode="race", limit_s=9, started_by=OTHER, state="ended"),
                ChatAbility(account="qq:9" if group else "qq:8", lane=lane, is_group=group),
                ChatPoll(
                    account="qq:9", poll_id=str(group), lane=lane, is_group=group, message_id="m", about="quiz:1", says=[]
                ),
                Subscription(
                    account="qq:9" if group else "qq:8", lane=lane, group_id=group_id, number=1, minute=480, made_by=OTHER,
                    next_at=now(),
                ),
            ]
        )  # fmt: skip


async def test_a_group_of_the_same_number_is_not_the_member(sessions: Sessions):
    await chats(sessions, ME, group=True)
    await chats(sessions, ME, group=False)
    models = (Quiz, ChatAbility, ChatPoll, Subscription)
    async with sessions() as session:
        for kept in personal.KEPT:
            if kept.model in models:
                assert len(await personal.rows(session, kept, ME)) == 1, kept.name
    async with sessions.begin() as session:
        await personal.forget(session, ME)
    async with sessions() as session:
        assert [await session.scalar(select(func.count()).select_from(model)) for model in models] == [1, 1, 1, 1]
        assert (await session.scalars(select(Subscription))).one().group_id == ME


async def test_an_account_that_left_is_forgotten_in_what_it_reported(sessions: Sessions):
    alias = "telegram:555666"
    async with sessions.begin() as session:
        session.add_all(
            [Member(id=ME), Member(id=alias), ReviewItem(id=1, subject="s", causes={}, kind="short", stem="题")]
        )
        await session.flush()
        made = {"member_id": ME, "account": "telegram:1", "proposed": "答案", "group_id": "telegram:-9"}
        session.add(Correction(item_id=1, claim="a", reported_by=alias, **made))
        session.add(Correction(item_id=1, claim="b", reported_by=ME, **made))
    async with sessions.begin() as session:
        await personal.forget(session, alias)
    async with sessions() as session:
        first, second = (await session.scalars(select(Correction).order_by(Correction.id))).all()
        assert mentions((await everything(session)).items(), alias) == set()
    assert (first.member_id, first.reported_by, first.account, first.group_id) == (ME, "", "", None)
    assert (second.reported_by, second.account) == (ME, "telegram:1")


async def test_what_the_model_said_of_an_answer_is_forgotten_with_it(sessions: Sessions):
    async with sessions.begin() as session:
        await fill(session, ME, 1)
        await session.delete(await session.get_one(PersonAccount, ME))
        answer = (await session.scalars(select(QuizAnswer))).one()
        answer.reason = "「我在某地工作」和参考答案意思一样"
    async with sessions.begin() as session:
        await personal.forget(session, ME)
    async with sessions() as session:
        assert (await session.scalars(select(QuizAnswer))).one().reason == ""
