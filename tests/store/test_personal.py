"""What is kept about a member: all of it is handed over, all of it can be forgotten, and a new table is not missed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from store import personal
from store.db import Sessions
from store.models import Base, BattleVote, Correction, Member, QuizAnswer, ReviewItem, UtcDateTime

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


def known() -> set[str]:
    return {f"{kept.name}.{column}" for kept in personal.KEPT for column in kept.named}


def test_every_column_that_names_members_is_known():
    """Fails for a new table: say in ``store.personal.KEPT`` what it is to the member, and let ``forget`` empty it."""
    assert member_columns(Base.metadata) | {"member.id"} == known()


def test_a_new_table_would_be_noticed():
    metadata = MetaData()
    Table("diary", metadata, Column("id", Integer, primary_key=True), Column("member_id", String(96)))
    assert member_columns(metadata) == {"diary.member_id"}
    assert not member_columns(metadata) <= known()


async def fill(session: AsyncSession, member: str, number: int) -> None:
    """One row in every table, each naming *member* wherever a member can be named."""
    # The lane of a game is a member only where it plays alone: then the game is its own, and goes as a whole.
    named, personal_tables = known() - {"member.id", "quiz.lane"}, {kept.name for kept in personal.KEPT}
    made: dict[str, Any] = {"bank_version.id": 1}
    for table in Base.metadata.sorted_tables:
        if table.name == "bank_version":
            continue
        row: dict[str, Any] = {}
        for column in table.columns:
            path = f"{table.name}.{column.name}"
            keys = [key.target_fullname for key in column.foreign_keys]
            if path == "member.id":
                row["id"] = member
            elif path in named:
                row[column.name] = [member] if isinstance(column.type, JSON) else member
            elif keys:
                row[column.name] = made[keys[0]]
            else:
                private = table.name in personal_tables and column.name in ("name", "member_name")
                row[column.name] = value_of(column, f"{member}的" if private else "", number)
        await session.execute(insert(table).values(row))
        made |= {f"{table.name}.{name}": value for name, value in row.items()}


def value_of(column: Column[Any], private: str, number: int) -> Any:
    match column.type:
        case UtcDateTime():
            return datetime(2026, 11, number, tzinfo=UTC)
        case Date():
            return date(2026, 11, number)
        case JSON():
            return {}
        case LargeBinary():
            return b""
        case Boolean():
            return True
        case Float() | Numeric():
            return 1.0
        case String(length=length):
            return f"{private}{number}"[-(length or 99) :]
        case _:
            return number


async def everything(session: AsyncSession) -> dict[str, str]:
    """All rows of every table, as text."""
    return {
        table.name: json.dumps([list(row) for row in await session.execute(select(table))], default=str)
        for table in Base.metadata.sorted_tables
    }


def mentions(tables: Iterable[tuple[str, str]], member: str) -> set[str]:
    return {name for name, text in tables if member in text}


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
