"""One question of the book in detail, and its twin."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.services.study import detail as said
from bot.services.study import words
from bot.services.study.detail import QuestionDetail
from bot.services.study.twins import Twins
from store.db import Sessions
from store.ids import new_id
from store.models import Attempt, Question, StudyCard, Temptation, now
from store.search import IndexKeeper
from tests.bot.quiz.table import Table
from tests.bot.study.test_twins import FILL, TOWER, TWIN
from tests.questions import add

LINE = "黄鹤楼也是江南名楼，不过在湖北。"


@pytest.fixture
async def table(sessions: Sessions) -> Table:
    await add(sessions, TOWER | {"explanation": "岳阳楼在湖南岳阳。"}, TWIN, *FILL)
    return Table(sessions)


@pytest.fixture
async def detail(table: Table) -> QuestionDetail:
    index = IndexKeeper(table.sessions, None)
    await index.catch_up()
    return QuestionDetail(table.sessions, table.host, table.learner, Twins(index))


async def missed(sessions: Sessions, *texts: str, question: int = 1) -> None:
    """Member 1 answered wrongly."""
    async with sessions.begin() as session:
        session.add(
            StudyCard(
                member_id="qq:1",
                question_id=question,
                state=1,
                due=now(),
                wrong=len(texts),
                in_book=True,
                wrong_at=now(),
            )
        )
        session.add_all(
            Attempt(
                id=new_id(), member_id="qq:1", question_id=question, source="quiz", text=text, right=False, grade=1,
                took_ms=1,
            )
            for text in texts
        )  # fmt: skip


async def explain(sessions: Sessions, *, state: str = "accepted") -> None:
    async with sessions.begin() as session:
        session.add(
            Temptation(
                question_id=1, letter="B", option="黄鹤楼", chosen=2, kind="张冠李戴", text=LINE, state=state
            )
        )  # fmt: skip


async def test_everything_about_one_question(table: Table, detail: QuestionDetail):
    me = table.incoming("", group=None)
    assert await detail.shown(me, 1) == words.NO_CARD.format(1)
    assert await detail.shown(me, 10**18 - 1) == words.NO_CARD.format(10**18 - 1)
    await missed(table.sessions, "B", "我选黄鹤楼", "D", "不知道")
    await explain(table.sessions)
    assert await detail.shown(me, 1) == (
        "#1 单选 · 法律\n江南三大名楼中位于湖南的是（ ）。\nA. 岳阳楼\nB. 黄鹤楼\nC. 滕王阁\nD. 鹳雀楼\n答案：A. 岳阳楼\n"
        f"岳阳楼在湖南岳阳。\n你答错过：B（2 次）、D、不知道\nB 的坑在「张冠李戴」：{LINE}\n再练一道同类的：/同类 1"
    )
    assert await detail.shown(table.incoming(""), 1) == said.PRIVATE_ONLY.format("/错题本 1")


async def test_a_proposal_is_shown_to_nobody_before_it_is_accepted(table: Table, detail: QuestionDetail):
    await missed(table.sessions, "B")
    await explain(table.sessions, state="proposed")
    assert LINE not in await detail.shown(table.incoming("", group=None), 1)


async def test_a_question_in_dispute_is_not_explained(table: Table, detail: QuestionDetail):
    await missed(table.sessions, "B")
    async with table.sessions.begin() as session:
        await session.execute(update(Question).where(Question.id == 1).values(status="disputed"))
    assert await detail.shown(table.incoming("", group=None), 1) == said.OUT_OF_USE.format(1)


async def test_the_twin_is_asked(table: Table, detail: QuestionDetail):
    me = table.incoming("", group=None)
    assert await detail.twin(me, "") == words.EMPTY_BOOK
    assert await detail.twin(me, "1") == words.NO_CARD.format(1)
    assert await detail.twin(me, "黄鹤楼") == said.USAGE
    await missed(table.sessions, "B")
    assert await detail.twin(table.incoming(""), "1") == said.PRIVATE_ONLY.format("/同类 1")
    assert await detail.twin(me, "#1") == ""
    assert TWIN["stem"] in table.said[-1]
    await table.speak("A", group=None)
    assert "✓ 对了" in table.said[-1]


async def test_twins_of_the_latest_mistakes(table: Table, detail: QuestionDetail):
    me = table.incoming("", group=None)
    await missed(table.sessions, "B")
    await missed(table.sessions, "C", question=2)
    assert await detail.twin(me, "") == ""
    assert "同类 2 题，直接回答案，不急。" in table.said[-1]
    assert "复习" not in table.said[-1]


async def test_a_question_without_a_twin(table: Table, detail: QuestionDetail):
    me = table.incoming("", group=None)
    await missed(table.sessions, "A", question=3)
    assert await detail.twin(me, "3") == said.NO_TWIN.format(3)
    assert await detail.twin(me, "") == said.NO_TWINS
    assert "/同类" not in await detail.shown(me, 3)
