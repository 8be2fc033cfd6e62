"""An import that is undone leaves the bank as if it had never been, as far as nothing else told the same."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.services.importing.history import ImportHistory, NotUndoable
from store.db import Sessions
from store.models import Question, QuestionSighting, QuestionWording, RivalAnswer

CHOICE = {
    "kind": "single",
    "stem": "我国最长的河流是（　）。",
    "options": ["黄河", "长江", "珠江", "淮河"],
    "answer": "B",
}
OTHER_KEY = CHOICE | {"options": ["长江", "黄河", "珠江", "淮河"], "answer": "B"}
NO_KEY = {"kind": "short", "stem": "谁写了《呐喊》？", "answer": "鲁迅"}


@pytest.fixture
def history(sessions: Sessions) -> ImportHistory:
    return ImportHistory(sessions)


async def bank(sessions: Sessions) -> list[tuple[str, str, str, str]]:
    async with sessions() as session:
        rows = await session.scalars(select(Question).order_by(Question.id))
        return [(row.stem, row.answer, row.status, row.source) for row in rows]


async def count(sessions: Sessions, table: type) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_what_only_this_file_held_is_gone(importer, history, sessions, make_jsonl):
    report = await importer.import_file(make_jsonl([CHOICE | {"also_asked": ["哪条河最长呀"]}, NO_KEY]))
    undone = await history.undo(report.import_id)
    assert (undone.deleted, undone.kept) == (2, 0)
    assert await bank(sessions) == []
    assert await count(sessions, QuestionWording) == await count(sessions, QuestionSighting) == 0


async def test_the_same_file_can_come_back(importer, history, sessions, make_jsonl):
    path = make_jsonl([CHOICE])
    first = await importer.import_file(path)
    await history.undo(first.import_id)
    again = await importer.import_file(path)
    assert again.counts["new"] == 1
    assert again.import_id not in (None, first.import_id)


async def test_a_question_that_another_file_names_stays_with_that_files_name(importer, history, sessions, make_jsonl):
    first = await importer.import_file(make_jsonl([CHOICE, NO_KEY], "one.jsonl"))
    await importer.import_file(make_jsonl([CHOICE], "two.jsonl"))
    undone = await history.undo(first.import_id)
    assert (undone.deleted, undone.kept) == (1, 1)
    assert await bank(sessions) == [(CHOICE["stem"], "B", "active", "two.jsonl")]


async def test_undoing_the_rival_settles_the_conflict(importer, history, sessions, make_jsonl):
    await importer.import_file(make_jsonl([CHOICE], "one.jsonl"))
    second = await importer.import_file(make_jsonl([OTHER_KEY], "two.jsonl"))
    assert [row[2] for row in await bank(sessions)] == ["disputed"]
    await history.undo(second.import_id)
    assert await bank(sessions) == [(CHOICE["stem"], "B", "active", "one.jsonl")]
    assert await count(sessions, RivalAnswer) == 0


async def test_undoing_the_first_key_leaves_the_other_one(importer, history, sessions, make_jsonl):
    first = await importer.import_file(make_jsonl([CHOICE], "one.jsonl"))
    await importer.import_file(make_jsonl([OTHER_KEY], "two.jsonl"))
    await history.undo(first.import_id)
    # 黄河 is B in the second file and A among the options that the bank keeps.
    assert await bank(sessions) == [(CHOICE["stem"], "A", "active", "two.jsonl")]


async def test_a_key_that_was_filled_in_is_taken_back(importer, history, sessions, make_docx):
    lines = [
        "1．我国最长的河流是（    ）。",
        "A．黄河  B．长江",
        "C．珠江  D．淮河",
        "2．我国最大的岛是（    ）。",
        "A．海南岛  B．台湾岛",
    ]
    first = await importer.import_file(make_docx(lines, "one.docx"))
    assert (first.unanswered, first.counts["new"]) == (2, 2)
    keyed = await importer.import_file(make_docx([*lines[:3], "答案：B", *lines[3:], "答案：B"], "two.docx"))
    assert keyed.counts["merged"] == 2
    assert {row[1:3] for row in await bank(sessions)} == {("B", "active")}
    await history.undo(keyed.import_id)
    assert {row[1:] for row in await bank(sessions)} == {("", "unanswered", "one.docx")}


async def test_aliases_and_gaps_that_were_filled_are_taken_back(importer, history, sessions, make_jsonl):
    await importer.import_file(make_jsonl([NO_KEY], "one.jsonl"))
    rich = NO_KEY | {
        "aliases": ["周树人"],
        "category": "人文",
        "valid_until": "2030-01-01",
        "also_asked": ["《呐喊》作者是"],
    }
    second = await importer.import_file(make_jsonl([rich], "two.jsonl"))
    assert second.counts["merged"] == 1
    await history.undo(second.import_id)
    async with sessions() as session:
        (question,) = await session.scalars(select(Question))
    assert (question.aliases, question.category, question.valid_until) == ([], "", None)
    assert await count(sessions, QuestionWording) == 0


async def test_an_import_is_undone_once(importer, history, make_jsonl):
    report = await importer.import_file(make_jsonl([CHOICE]))
    await history.undo(report.import_id)
    with pytest.raises(NotUndoable, match="已经撤销"):
        await history.undo(report.import_id)
    with pytest.raises(NotUndoable, match="没有编号"):
        await history.undo(99)


async def test_imports_are_listed_newest_first_with_their_reports(importer, history, make_jsonl):
    first = await importer.import_file(make_jsonl([CHOICE, {"kind": "short"}], "one.jsonl"))
    second = await importer.import_file(make_jsonl([NO_KEY], "two.jsonl"))
    await history.undo(first.import_id)
    listed = await history.latest()
    assert [(batch.id, batch.file_name, batch.undone_at is not None) for batch in listed] == [
        (second.import_id, "two.jsonl", False),
        (first.import_id, "one.jsonl", True),
    ]
    name, csv = await history.report(first.import_id) or ("", b"")
    assert name == "one.jsonl"
    assert csv.startswith(b"\x1f\x8b")
    assert await history.report(99) is None
