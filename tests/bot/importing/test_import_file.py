import asyncio

import pytest
from sqlalchemy import func, select

from bot.services.importing.importer import ImportService
from bot.services.importing.rows import UnreadableFile
from store import bank
from store.db import Sessions
from store.models import Base, ImportBatch, Question, QuestionWording, RivalAnswer

CHOICE = {
    "kind": "single",
    "stem": "我国最长的河流是（　）。",
    "options": ["黄河", "长江", "珠江", "淮河"],
    "answer": "B",
}
SHUFFLED = CHOICE | {"options": ["长江。", "淮河", "黄河", "珠江"], "answer": "A"}


async def everything(sessions: Sessions) -> dict[str, list[tuple]]:
    """All rows of all tables, to see that nothing changed."""
    async with sessions() as session:
        return {
            name: sorted(map(tuple, await session.execute(select(table))), key=str)
            for name, table in Base.metadata.tables.items()
        }


async def questions(sessions: Sessions) -> list[Question]:
    async with sessions() as session:
        return list(await session.scalars(select(Question).order_by(Question.id)))


async def rivals(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(RivalAnswer.answer).order_by(RivalAnswer.id)))


async def version(sessions: Sessions) -> int:
    async with sessions() as session:
        return await bank.version(session)


async def test_rows_become_questions_that_name_their_source(importer, sessions, make_docx):
    report = await importer.import_file(make_docx(["常识题", "最大的宫殿是：->故宫", "氧气的质量比是：->2:8:3"]))
    assert report.counts == {"new": 2, "same": 0, "merged": 0, "conflict": 0, "rejected": 0}
    assert [aside.excerpt for aside in report.asides] == ["常识题"]
    first, second = await questions(sessions)
    assert (first.stem, first.answer, first.kind, first.source, first.status) == (
        "最大的宫殿是",
        "故宫",
        "short",
        "bank.docx",
        "active",
    )
    assert second.answer == "2:8:3"
    assert await version(sessions) == 1


async def test_the_source_can_be_named(importer, sessions, make_docx):
    await importer.import_file(make_docx(["最大的宫殿是：->故宫"]), source="某某题库")
    assert [question.source for question in await questions(sessions)] == ["某某题库"]


async def test_the_same_file_twice_changes_nothing(importer, sessions, make_jsonl):
    def turn(asked, answered):
        return {"conversation": [{"system": "", "input": asked, "output": answered}]}

    path = make_jsonl(
        [
            CHOICE | {"also_asked": ["我国哪条河最长？"]},
            SHUFFLED,
            turn("谁写了《呐喊》？", "鲁迅"),
            turn("谁写了《呐喊》", "周作人"),
            turn("谁写了呐喊", "周作人"),
            turn("谁写了呐喊？", "鲁迅"),
            turn("没有答案", ""),
        ]
    )
    first = await importer.import_file(path)
    before = await everything(sessions)
    second = await importer.import_file(path)
    assert first.counts == {"new": 2, "same": 3, "merged": 0, "conflict": 1, "rejected": 1}
    assert second.counts == {"new": 0, "same": 5, "merged": 0, "conflict": 1, "rejected": 1}
    assert [e.row for e in first.entries if e.outcome == "conflict"] == [4]
    assert [e.row for e in second.entries if e.outcome == "conflict"] == [4]
    assert await everything(sessions) == before


async def test_two_answers_take_a_question_out_of_use_and_keep_both(importer, sessions, make_docx):
    report = await importer.import_file(
        make_docx(["谁写了《呐喊》？->鲁迅", "谁写了《呐喊》：->周作人", "谁写了呐喊？->周作人。"])
    )
    assert report.counts == {"new": 1, "same": 1, "merged": 0, "conflict": 1, "rejected": 0}
    (question,) = await questions(sessions)
    assert (question.status, question.answer) == ("disputed", "鲁迅")
    assert await rivals(sessions) == ["周作人"]
    (conflict,) = [entry for entry in report.entries if entry.outcome == "conflict"]
    assert (conflict.row, conflict.met, conflict.met_answer) == (2, "本文件第 1 行", "鲁迅")


async def test_a_later_file_conflicts_once_and_a_third_that_agrees_with_either_is_merged(importer, sessions, make_docx):
    await importer.import_file(make_docx(["谁写了《呐喊》？->鲁迅"], "one.docx"))
    second = await importer.import_file(make_docx(["谁写了《呐喊》？->周作人"], "two.docx"))
    third = await importer.import_file(make_docx(["标题", "谁写了《呐喊》？->周作人"], "three.docx"))
    fourth = await importer.import_file(make_docx(["谁写了《呐喊》？->鲁迅", "标题"], "four.docx"))
    assert [r.counts["conflict"] for r in (second, third, fourth)] == [1, 0, 0]
    assert [r.counts["same"] for r in (third, fourth)] == [1, 1]
    assert await rivals(sessions) == ["周作人"]
    (question,) = await questions(sessions)
    assert question.status == "disputed"
    assert second.entries[0].met == f"题库 #{question.id}"


async def test_a_retired_question_stays_retired(importer, sessions, make_docx):
    await importer.import_file(make_docx(["谁写了《呐喊》？->鲁迅"], "one.docx"))
    async with sessions.begin() as session:
        (question,) = await session.scalars(select(Question))
        question.status = "retired"
    await importer.import_file(make_docx(["谁写了《呐喊》？->周作人"], "two.docx"))
    assert [q.status for q in await questions(sessions)] == ["retired"]


async def test_choice_keys_are_compared_as_texts_when_options_are_shuffled(importer, sessions, make_jsonl):
    wrong = SHUFFLED | {"answer": "C"}
    report = await importer.import_file(make_jsonl([CHOICE, SHUFFLED, wrong, CHOICE | {"answer": "A"}]))
    assert [entry.outcome for entry in report.entries] == ["same", "conflict", "same"]
    assert await rivals(sessions) == ["黄河"]


async def test_several_keys_are_compared_as_a_set(importer, sessions, make_jsonl):
    several = CHOICE | {"kind": "multiple", "answer": "AB"}
    again = SHUFFLED | {"kind": "multiple", "answer": "AC"}
    other = SHUFFLED | {"kind": "multiple", "answer": "AB"}
    report = await importer.import_file(make_jsonl([several, again, other]))
    assert [entry.outcome for entry in report.entries] == ["same", "conflict"]


async def test_other_options_make_another_question(importer, sessions, make_jsonl):
    report = await importer.import_file(make_jsonl([CHOICE, CHOICE | {"options": ["湘江", "长江", "珠江", "淮河"]}]))
    assert report.counts["new"] == 2


async def test_an_alias_counts_as_the_same_answer_and_gaps_are_filled(importer, sessions, make_docx, make_jsonl):
    rich = {
        "kind": "short",
        "stem": "明清两代的皇宫叫什么？",
        "answer": "故宫",
        "aliases": ["紫禁城"],
        "also_asked": ["明清的皇宫是？"],
        "explanation": "明清两代皇宫。",
        "category": "历史",
    }
    await importer.import_file(make_docx(["明清两代的皇宫叫什么？->紫禁城"]))
    report = await importer.import_file(make_jsonl([rich]))
    assert report.counts["merged"] == 1
    (question,) = await questions(sessions)
    assert (question.answer, question.aliases, question.category) == ("紫禁城", ["故宫"], "历史")
    async with sessions() as session:
        assert list(await session.scalars(select(QuestionWording.stem))) == ["明清的皇宫是？"]
    assert await version(sessions) == 2


async def test_a_dry_run_counts_the_same_and_changes_nothing(importer, sessions, make_docx):
    path = make_docx(["谁写了《呐喊》？->鲁迅", "谁写了呐喊->周作人", "谁写了呐喊？->"])
    before = await everything(sessions)
    dry = await importer.import_file(path, dry_run=True)
    assert await everything(sessions) == before
    assert dry.counts == (await importer.import_file(path)).counts


async def test_nothing_of_a_file_goes_in_when_its_end_is_damaged(importer, sessions, make_docx):
    path = make_docx([f"第{n}问是什么->答案{n}" for n in range(50)])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableFile):
        await importer.import_file(path)
    assert await questions(sessions) == []


async def test_a_file_without_any_question_is_refused(importer, make_docx):
    with pytest.raises(UnreadableFile, match="不是题库"):
        await importer.import_file(make_docx(["只是一本书的目录", "第一章"]))


async def test_progress_is_told_from_reading_to_writing(importer, make_docx):
    told: list[tuple[str, int, int | None]] = []
    await importer.import_file(
        make_docx([f"第{n}问是什么->答案" for n in range(1200)]), progress=lambda *step: told.append(step)
    )
    assert told[0][0] == "读取"
    assert ("读取", 1200, None) in told
    assert ("核对", 1200, 1200) in told
    assert told[-1] == ("写入", 1200, 1200)


async def test_two_imports_at_once_leave_one_question_each(sessions, make_docx):
    lines = [f"第{n}问是什么->答案{n}" for n in range(300)]
    paths = [make_docx(lines, "one.docx"), make_docx([*lines, "标题"], "two.docx")]
    reports = await asyncio.gather(*(ImportService(sessions).import_file(path) for path in paths))
    assert sorted(report.counts["new"] for report in reports) == [0, 300]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Question)) == 300
        assert await session.scalar(select(func.count()).select_from(ImportBatch)) == 2
