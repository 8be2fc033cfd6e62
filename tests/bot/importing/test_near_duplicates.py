"""The same question in other words is one question, within a file and across files."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.services.importing.importer import ImportService
from store.db import Sessions
from store.models import Question, QuestionWording
from store.search import IndexKeeper

FIRST = "我国最早的诗歌总集是哪部作品？->《诗经》"


@pytest.fixture
def importer(sessions: Sessions) -> ImportService:
    return ImportService(sessions, IndexKeeper(sessions, None))


async def stems(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(Question.stem).order_by(Question.id)))


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("中国最早的诗歌总集是哪一部作品->诗经", "merged"),
        ("请问我国最早的诗歌总急是哪部作品？->诗经", "merged"),
        ("中国最早的诗歌总集是哪一部作品->《楚辞》", "conflict"),
        ("我国最早的诗歌总急是哪部作品？->《楚辞》", "new"),
        ("我国最大的诗歌总集是哪部作品？->《全唐诗》", "new"),
        ("我国最早的诗歌总集是谁编的？->孔子", "new"),
    ],
)
async def test_other_words_are_merged_other_questions_are_not(importer, make_docx, apart, line, outcome):
    if apart:
        await importer.import_file(make_docx([FIRST, "别的题目是什么：->甲"], "one.docx"))
        report = await importer.import_file(make_docx([line], "two.docx"))
    else:
        report = await importer.import_file(make_docx([FIRST, line]))
        report.counts["new"] -= 1
    assert report.counts[outcome] == 1, report.entries


async def test_the_other_wording_is_kept_and_found(importer, sessions, make_docx):
    await importer.import_file(make_docx([FIRST, "中国最早的诗歌总集是哪一部作品->诗经"]))
    assert await stems(sessions) == ["我国最早的诗歌总集是哪部作品？"]
    async with sessions() as session:
        assert list(await session.scalars(select(QuestionWording.stem))) == ["中国最早的诗歌总集是哪一部作品"]


async def test_shuffled_options_with_a_slip_in_the_stem_are_one_question(importer, make_jsonl):
    one = {
        "kind": "single",
        "stem": "我国现存最早的诗歌总集是（　）。",
        "options": ["《诗经》", "《楚辞》", "《乐府诗集》", "《全唐诗》"],
        "answer": "A",
    }
    two = one | {
        "stem": "我国现存最早的诗歌总集是哪一部（　）",
        "options": ["《全唐诗》", "《诗经》", "《楚辞》", "《乐府诗集》"],
        "answer": "B",
    }
    three = one | {"options": ["《诗经》", "《楚辞》", "《乐府诗集》", "《全宋词》"]}
    report = await importer.import_file(make_jsonl([one, two, three]))
    assert (report.counts["new"], report.counts["merged"]) == (2, 1)
