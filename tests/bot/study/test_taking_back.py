"""Taking the last answer back, on a real database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.services.study import words
from bot.services.study.desk import StudyDesk
from store.db import Sessions
from store.models import Attempt, QuizAnswer, StudyCard, now
from tests.bot.quiz.table import Table, fill


@pytest.fixture
async def table(sessions: Sessions) -> Table:
    await fill(sessions)
    return Table(sessions)


@pytest.fixture
def desk(table: Table) -> StudyDesk:
    return StudyDesk(table.sessions, table.host, table.learner)


async def answer(table: Table, *, right: bool) -> None:
    """The open question of the private game."""
    game = table.host.game(table.incoming("", group=None))
    assert game is not None
    item = game.open_item
    assert item is not None
    key = item.asked["answer"]
    await table.speak(key if right else next(one for one in "ABCD" if one != key), group=None)


async def card(table: Table) -> dict[str, Any] | None:
    """The only card, but for what lets it be taken back."""
    async with table.sessions() as session:
        row = await session.scalar(select(StudyCard))
    names = (column.name for column in StudyCard.__table__.columns)
    return None if row is None else {name: getattr(row, name) for name in names if name != "before"}


async def count(table: Table, model: type[Attempt | QuizAnswer]) -> int:
    async with table.sessions() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_first_answer_leaves_nothing(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    assert await desk.undo(me) == words.NOTHING_TO_UNDO
    await table.order("1题", group=None)
    await answer(table, right=False)
    assert "共 1 题" in await desk.book(me, "")
    assert "不算" in await desk.undo(me)
    assert await desk.book(me, "") == words.EMPTY_BOOK
    assert await card(table) is None
    assert [await count(table, model) for model in (Attempt, QuizAnswer)] == [0, 0]
    assert await desk.undo(me) == words.NOTHING_TO_UNDO


async def test_a_later_answer_leaves_the_card_as_it_was(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    await table.order("1题", group=None)
    await answer(table, right=False)
    await table.learner.learn()
    before = await card(table)
    assert await desk.book(me, "再练") == ""
    await answer(table, right=True)
    await table.learner.learn()
    assert await card(table) != before
    await desk.shelve(me, str(before and before["question_id"]), shelved=False)
    assert "不算" in await desk.undo(me)
    assert await card(table) == before
    assert [await count(table, model) for model in (Attempt, QuizAnswer)] == [1, 1]
    # Once: the answer before stays.
    assert await desk.undo(me) == words.NOTHING_TO_UNDO
    assert await card(table) == before
    # A new answer can be taken back again.
    assert await desk.book(me, "再练") == ""
    await answer(table, right=True)
    assert "不算" in await desk.undo(me)
    assert await card(table) == before


async def test_not_after_ten_minutes_nor_what_others_saw(table: Table):
    me = table.incoming("", group=None)
    await table.order("1题", group=None)
    await answer(table, right=True)
    later: datetime = now() + timedelta(minutes=11)
    late = StudyDesk(table.sessions, table.host, table.learner, clock=lambda: later)
    assert await late.undo(me) == words.NOTHING_TO_UNDO
    desk = StudyDesk(table.sessions, table.host, table.learner)
    assert await desk.undo(table.incoming("")) == words.UNDO_PRIVATE
    await table.order("1题 60秒")
    await table.speak(table.wrong)
    assert await desk.undo(me) == words.NOTHING_TO_UNDO
    assert await count(table, Attempt) == 2
    table.host.leave()
