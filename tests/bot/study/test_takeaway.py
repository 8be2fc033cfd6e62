"""The wrong-question book and all of a member's data as files, from a real database."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from bot.services.study import mistakes, words
from bot.services.study.desk import StudyDesk
from bot.services.study.takeaway import Parcel, Takeaway
from store import personal
from store.db import Sessions
from store.models import Attempt, Question, Studying
from store.quizzes import asked
from tests.bot.quiz.table import Table, fill

FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
async def table(sessions: Sessions) -> Table:
    """One question of 历史 answered wrongly twice, one of 法律 once, one of 法律 rightly; somebody else's mistake."""
    await fill(sessions)
    table = Table(sessions)
    async with sessions.begin() as session:
        first = await session.get_one(Question, 1)
        first.explanation = FORMULA
        session.add(Studying(member_id="qq:2", easy_days=[], exam="别人的考试"))
    for member, number, said, right in (
        (1, 1, "B", False), (1, 2, FORMULA, False), (1, 1, "选C", False), (1, 4, "D", True), (2, 3, "别人答的", False),
    ):  # fmt: skip
        await practised(table, member, number, said, right=right)
    return table


async def practised(table: Table, member: int, number: int, given: str, *, right: bool) -> None:
    """The member answers the question in a game of its own."""
    me = table.incoming("", member, group=None)
    async with table.sessions() as session:
        row = await session.get_one(Question, number)
    assert await table.host.practise(me, [(number, asked(row))]) == ""
    game = table.host.game(me)
    assert game is not None
    await table.speak(row.answer if right else next(one for one in "ABCD" if one != row.answer), member, group=None)
    await table.learner.learn()
    async with table.sessions.begin() as session:
        newest = select(Attempt).where(Attempt.member_id == me.member_id).order_by(Attempt.id.desc()).limit(1)
        attempt = (await session.scalars(newest)).one()
        attempt.text = given


@pytest.fixture
def takeaway(table: Table) -> Takeaway:
    return Takeaway(table.sessions, table.learner)


async def test_as_a_table(table: Table, takeaway: Takeaway):
    made = await takeaway.book(table.incoming(""), "")
    assert isinstance(made, Parcel)
    assert made.name.startswith("错题本-20")
    assert made.name.endswith(".xlsx")
    assert made.told == words.FILE_SENT.format(made.name, 2)
    sheet: Any = load_workbook(io.BytesIO(made.data)).active
    header, newest, other = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert header == [
        *("序号", "题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "分类", "难度", "来源", "有效期"),
        *("我的错答", "错过几次", "最近一次"),
    ]
    assert newest[2] == "虚构的第 0 件事发生在哪年？"
    assert newest[7:9] == ["A", FORMULA]
    assert newest[-3:-1] == ["B；选C", 2]
    assert other[-3:-1] == [FORMULA, 1]
    # What looks like a formula is text, in the bank's cells and in the member's.
    guarded = [cell for row in sheet.iter_rows() for cell in row if cell.value == FORMULA]
    assert len(guarded) == 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in guarded)


def words_of(form: str, data: bytes) -> str:
    if form == "pdf":
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)


@pytest.mark.parametrize("form", ["docx", "pdf"])
async def test_on_paper_the_keys_stand_at_the_end(table: Table, takeaway: Takeaway, form: str):
    made = await takeaway.book(table.incoming(""), f"{form} 历史")
    assert isinstance(made, Parcel)
    assert made.name.startswith("错题本-历史-")
    text = "".join(words_of(form, made.data).split())
    asked, _, answered = text.partition("参考答案")
    assert "虚构的第0件事发生在哪年？" in asked
    assert "虚构的第1件事" not in text
    assert "我答过" not in asked
    assert "我答过：B；选C，错过2次，最近一次20" in answered


async def test_as_cards(table: Table, takeaway: Takeaway, tmp_path: Path):
    made = await takeaway.book(table.incoming(""), "anki")
    assert isinstance(made, Parcel)
    with zipfile.ZipFile(io.BytesIO(made.data)) as package:
        package.extract("collection.anki2", tmp_path)
    base = sqlite3.connect(tmp_path / "collection.anki2")
    notes = [row[0] for row in base.execute("SELECT flds FROM notes")]
    base.close()
    assert len(notes) == 2
    assert any("我答过：B；选C" in note for note in notes)


async def test_what_no_table_holds_goes_on_paper(table: Table, takeaway: Takeaway):
    async with table.sessions.begin() as session:
        (await session.get_one(Question, 1)).explanation = "长" * 40_000
    assert await takeaway.book(table.incoming(""), "xlsx") == words.FILE_TOO_LONG
    assert isinstance(await takeaway.book(table.incoming(""), "pdf"), Parcel)


async def test_where_there_is_nothing(table: Table, takeaway: Takeaway):
    assert await takeaway.book(table.incoming(""), "政治") == words.EMPTY_CATEGORY.format("政治")
    assert await takeaway.book(table.incoming("", 9), "pdf") == words.EMPTY_BOOK


async def test_a_part_of_a_large_book_says_so(table: Table, takeaway: Takeaway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mistakes, "MOST", 1)
    made = await takeaway.book(table.incoming(""), "")
    assert isinstance(made, Parcel)
    assert made.told == words.FILE_MOST.format(made.name, 1)


async def test_a_whole_book_says_nothing_of_a_rest(table: Table, takeaway: Takeaway):
    async with table.sessions.begin() as session:
        (await session.get_one(Question, 2)).status = "retired"
    made = await takeaway.book(table.incoming(""), "")
    assert isinstance(made, Parcel)
    assert made.told == words.FILE_SENT.format(made.name, 1)


@given(st.text(max_size=30))
def test_any_words_name_a_form_and_a_file(text: str):
    form, category = mistakes.wanted(text)
    name = mistakes.file_name(category, form, "2026-11-27")
    assert name.endswith(f"2026-11-27.{form}")
    assert not set(name) & set('/\\:*?"<>| \n')


@pytest.mark.parametrize("at_once", [1, 3, 1000])
async def test_everything_about_a_member_and_nobody_else(
    table: Table, takeaway: Takeaway, monkeypatch: pytest.MonkeyPatch, at_once: int
):
    monkeypatch.setattr(personal, "_AT_ONCE", at_once)
    desk = StudyDesk(table.sessions, table.host, table.learner)
    await desk.exam(table.incoming(""), "国考 2030-01-01")
    assert await takeaway.everything(table.incoming("")) == words.ALL_PRIVATE
    made = await takeaway.everything(table.incoming("", group=None))
    assert isinstance(made, Parcel)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    lines = {name: [json.loads(line) for line in text.splitlines()] for name, text in texts.items() if "json" in name}
    assert {name: len(rows) for name, rows in lines.items()} == {
        "attempt.jsonl": 4, "study_card.jsonl": 3, "studying.jsonl": 1, "quiz.jsonl": 4, "quiz_answer.jsonl": 4,
        "quiz_item.jsonl": 1,
    }  # fmt: skip
    assert "attempt.jsonl　练过的每一题，4 条" in texts["README.txt"]
    assert lines["studying.jsonl"][0]["exam"] == "国考"
    assert lines["attempt.jsonl"][0]["stem"] == "虚构的第 0 件事发生在哪年？"
    for text in texts.values():
        assert "qq:2" not in text
        assert "别人" not in text.replace("别人的编号都去掉了", "")
