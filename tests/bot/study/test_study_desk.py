"""A member's own study, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.services.study import words
from bot.services.study.desk import StudyDesk, interleaved
from bot.services.study.facts import streak_of
from local_time import local_now
from store.db import Sessions
from store.models import Attempt, Question, Quiz, QuizAnswer, StudyCard, Studying, now
from tests.bot.quiz.table import GROUP, Table, fill

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
async def table(sessions: Sessions) -> Table:
    await fill(sessions)
    return Table(sessions)


@pytest.fixture
def desk(table: Table) -> StudyDesk:
    return StudyDesk(table.sessions, table.host, table.learner)


async def played(table: Table, *, right: int, wrong: int) -> None:
    """A private game with so many answers of each kind."""
    await table.order(f"{right + wrong}题", group=None)
    for good in [True] * right + [False] * wrong:
        game = table.host.game(table.incoming("", group=None))
        assert game is not None
        item = game.open_item
        assert item is not None
        key = item.asked["answer"]
        await table.speak(key if good else next(one for one in "ABCD" if one != key), group=None)


async def test_mistakes_stand_in_the_book_until_they_are_right_twice(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    assert await desk.book(me, "") == words.EMPTY_BOOK
    await played(table, right=1, wrong=2)
    text = await desk.book(me, "")
    assert text.startswith("错题本，共 2 题：")
    assert text.count("（错过 1 次）") == 2
    assert await desk.book(me, "政治") == words.EMPTY_CATEGORY.format("政治")
    assert await desk.book(table.incoming(""), "再练") == words.PRIVATE_ONLY
    for _ in range(2):
        assert await desk.book(me, "再练") == ""
        assert "错题 2 题，直接回答案，不急。" in table.said[-1]
        for _ in range(2):
            game = table.host.game(me)
            assert game is not None
            assert game.open_item is not None
            await table.speak(game.open_item.asked["answer"], group=None)
    assert await desk.book(me, "") == words.EMPTY_BOOK
    await table.learner.learn()
    async with table.sessions() as session:
        sources = [one.source for one in await session.scalars(select(Attempt).order_by(Attempt.id))]
    assert sources == ["quiz"] * 3 + ["review"] * 4


async def test_what_is_due_is_reviewed(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    assert await desk.review(me, "") == words.NOTHING_YET
    assert await desk.review(table.incoming(""), "") == words.PRIVATE_ONLY
    await played(table, right=3, wrong=0)
    assert await desk.review(me, "") == words.NOTHING_DUE
    await table.learner.learn()
    async with table.sessions.begin() as session:
        for row in await session.scalars(select(StudyCard)):
            row.due = now() - timedelta(hours=1)
    assert await desk.review(me, "法律") == words.REVIEW_USAGE
    assert await desk.review(me, "2") == ""
    assert "复习 2 题" in table.said[-1]
    assert " 秒" not in table.said[-1]


async def due(table: Table) -> None:
    """Everything that was answered once comes again now."""
    await table.learner.learn()
    async with table.sessions.begin() as session:
        for row in await session.scalars(select(StudyCard).where(StudyCard.tries == 1)):
            row.due = now() - timedelta(hours=1)


async def test_no_more_comes_a_day_than_the_member_wants(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    await played(table, right=6, wrong=0)
    await due(table)
    assert await desk.review(table.incoming(""), "每天 4题") == "好，每天最多 4 题。"
    assert await desk.review(me, "每天") == words.LOAD_SET.format("每天最多 4 题")
    assert await desk.review(me, "每天 0题") == words.LOAD_USAGE
    assert "今天该复习 4 题" in (await desk.mine(me))[0]
    assert "今天起一周每天要复习：4、2、0、0、0、0、0（每天最多 4 题）" in await desk.exam(me, "国考 2029-01-01")
    assert await desk.review(me, "3") == ""
    assert "复习 3 题" in table.said[-1]
    for _ in range(3):
        game = table.host.game(me)
        assert game is not None
        assert game.open_item is not None
        await table.speak(game.open_item.asked["answer"], group=None)
    await due(table)
    assert "今天该复习 1 题" in (await desk.mine(me))[0]
    assert await desk.review(me, "") == ""
    assert "复习 1 题" in table.said[-1]
    game = table.host.game(me)
    assert game is not None
    assert game.open_item is not None
    await table.speak(game.open_item.asked["answer"], group=None)
    await due(table)
    assert await desk.review(me, "20") == words.ENOUGH.format(4)
    assert "今天该复习 0 题" in (await desk.mine(me))[0]
    assert await desk.review(me, "每天 默认") == "好，每天最多 50 题。"
    assert await desk.review(me, "") == ""


async def test_an_easy_day_asks_half(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    await played(table, right=5, wrong=0)
    await due(table)
    today = "周" + "一二三四五六日"[local_now().weekday()]
    assert await desk.review(me, f"轻松日 {today}") == f"好，每天最多 50 题，{today}减半。"
    assert "今天该复习 3 题" in (await desk.mine(me))[0]
    assert await desk.review(me, "") == ""
    assert "复习 3 题" in table.said[-1]
    table.host.leave()


async def test_the_exam_day(table: Table, desk: StudyDesk):
    me = table.incoming("")
    assert await desk.exam(me, "") == words.NO_EXAM
    for wrong in ("国考", "国考 2027-13-40", "明年", "国考 28年3月14日", "国考 11-28-2027", "国考 1-2-3"):
        assert await desk.exam(me, wrong) == words.EXAM_USAGE
    assert "已经过去了" in await desk.exam(me, "国考 2020-01-01")
    assert await desk.exam(me, "国考 2099-01-01") == words.EXAM_FAR
    day = now().date() + timedelta(days=100)
    assert (await desk.exam(me, f"国考 {day:%Y年%m月%d日}")).startswith(f"好，国考定在 {day:%Y-%m-%d}，还有 ")
    assert (await desk.exam(me, "")).startswith("国考定在")
    assert f"国考定在 {day:%Y-%m-%d}" in await desk.exam(me, f"国考 {day:%Y年 %m月 %d日}")
    # Without a year it is the next such day; today is over as far as studying goes.
    for ahead in (0, 100, 300):
        day = now().date() + timedelta(days=ahead)
        coming = day if ahead and day.year == now().year else day.replace(year=now().year + 1)
        assert f"省考定在 {coming:%Y-%m-%d}" in await desk.exam(me, f"省考 {day.month}月{day.day}日")
    assert await desk.exam(me, "取消") == words.EXAM_OFF
    assert await desk.exam(me, "") == words.NO_EXAM


async def test_how_a_member_stands(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    assert await desk.mine(me) == (words.NOTHING_YET, b"")
    await played(table, right=2, wrong=4)
    text, _ = await desk.mine(me)
    assert text.startswith("连续练习 1 天，错题本 4 题，今天该复习 6 题。\n近 30 天答 6 题，答对 33%。")


async def test_a_shelved_question_comes_no_more(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    await played(table, right=0, wrong=1)
    await table.learner.learn()
    number = (await desk.book(me, "")).partition("#")[2].partition(" ")[0]
    assert await desk.shelve(me, "x", shelved=True) == words.SHELF_USAGE
    assert await desk.shelve(me, "999", shelved=True) == words.NO_CARD.format(999)
    assert await desk.shelve(me, f"#{number}", shelved=True) == words.SHELVED.format(number, number)
    assert await desk.book(me, "") == words.EMPTY_BOOK
    assert await desk.shelve(me, number, shelved=False) == words.UNSHELVED.format(number)
    assert "共 1 题" in await desk.book(me, "")


async def test_everything_is_deleted_in_two_steps(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    await played(table, right=1, wrong=1)
    await table.order("1题 60秒 单挑", opponents=("qq:2",))
    await table.speak(table.wrong, 1)
    await desk.exam(me, f"国考 {now().date() + timedelta(days=100)}")
    assert not desk.may_delete(me)
    assert desk.ask_to_delete(me) == words.DELETE_ASK
    assert desk.may_delete(me)
    assert not desk.may_delete(table.incoming("", 2))
    assert desk.keep(me) == words.KEPT
    assert not desk.may_delete(me)
    desk.ask_to_delete(me)
    assert await desk.delete(me) == words.DELETED.format(3)
    assert not desk.may_delete(me)
    async with table.sessions() as session:
        for model in (Attempt, StudyCard):
            assert (await session.scalars(select(model))).all() == []
        [nobody] = (await session.scalars(select(Studying))).all()
        answers = (await session.scalars(select(QuizAnswer))).all()
        [quiz] = (await session.scalars(select(Quiz))).all()
    # What others see of a game stays; whose it was does not.
    assert not nobody.on_boards
    assert {(one.member_id, one.member_name, one.text) for one in answers} == {(nobody.member_id, "", "")}
    assert (quiz.group_id, quiz.players, quiz.started_by) == (GROUP, [nobody.member_id, "qq:2"], nobody.member_id)
    table.host.leave()


async def test_who_is_on_boards(table: Table, desk: StudyDesk):
    me = table.incoming("")
    assert await desk.boards(me, "也许") == words.BOARD_USAGE
    assert await desk.boards(me, "关") == words.OFF_BOARDS
    assert await desk.boards(me, "全站") == words.ON_GLOBAL
    async with table.sessions() as session:
        row = await session.get_one(Studying, "qq:1")
    assert (row.on_boards, row.on_global) == (True, True)


def test_days_in_a_row():
    today = NOON.date()
    days = [today - timedelta(days=back) for back in (0, 1, 1, 2, 4)]
    assert streak_of(days, today) == 3
    assert streak_of(days[1:], today) == 2
    assert streak_of([], today) == 0


def test_categories_are_mixed():
    class One:
        def __init__(self, category: str) -> None:
            self.question = self
            self.category = category

    mixed = interleaved([One("甲"), One("甲"), One("甲"), One("乙")])  # type: ignore[list-item]
    assert [one.question.category for one in mixed] == ["甲", "乙", "甲", "甲"]


async def test_a_question_that_is_asked_no_more_is_not_counted(table: Table, desk: StudyDesk):
    me = table.incoming("", group=None)
    await played(table, right=0, wrong=2)
    await table.learner.learn()
    async with table.sessions.begin() as session:
        numbers = list(await session.scalars(select(StudyCard.question_id)))
        (await session.get_one(Question, numbers[0])).status = "retired"
    assert (await desk.book(me, "")).startswith("错题本，共 1 题：")
    async with table.sessions.begin() as session:
        (await session.get_one(Question, numbers[1])).answer = ""
    assert await desk.book(me, "") == words.EMPTY_BOOK


async def test_a_review_has_one_question_at_least(table: Table, desk: StudyDesk):
    await played(table, right=0, wrong=2)
    later = StudyDesk(table.sessions, table.host, table.learner, clock=lambda: now() + timedelta(days=9))
    assert await later.review(table.incoming("", group=None), "0题") == ""
    assert "复习 1 题，直接回答案，不急。" in table.said[-1]
