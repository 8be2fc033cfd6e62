"""Exporting: which questions, into which file, and what stands there."""

import json
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.services import starter_bank
from bot.services.exporting import ExportFailed, Wanted
from bot.services.exporting.exporter import MAX_PRINTED
from bot.services.importing.importer import ImportService
from migrations import ensure_schema
from store import bank_reading, questions
from store.bank_reading import Selection
from store.config import StoreConfig
from store.db import open_engine, open_sessions

ALL = Wanted(Selection(), "公考")

SINGLE = {
    "kind": "single",
    "stem": "我国的首都是",
    "options": ["上海", "北京", "广州"],
    "answer": "B",
    "explanation": "首都北京。",
    "difficulty": 1,
    "valid_until": date(2030, 1, 31),
}
SHORT = {"stem": "《呐喊》的作者是谁？", "answer": "鲁迅", "aliases": ["周树人"], "category": "人文"}
UNANSWERED = {"stem": "还没有答案的题？", "answer": "", "status": "unanswered"}


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def test_the_starter_bank_comes_back_from_jsonl_as_it_was(exporter, sessions, tmp_path):
    await starter_bank.load(sessions)
    out = tmp_path / "bank.jsonl"
    done = await exporter.export(out, "jsonl", ALL)
    shipped = [
        json.loads(line)
        for path in sorted(starter_bank.FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert done.count == len(shipped)
    assert list(_lines(out)[0]) == list(shipped[0])
    written = {(item["stem"], *sorted(item["options"])): item for item in _lines(out)}
    for item in shipped:
        assert written[item["stem"], *sorted(item["options"])] == item


@pytest.mark.parametrize("form", ["jsonl", "xlsx"])
async def test_an_empty_bank_takes_the_export_with_the_same_fingerprints(exporter, sessions, tmp_path, form):
    await starter_bank.load(sessions)
    out = tmp_path / f"bank.{form}"
    await exporter.export(out, form, ALL)
    url = f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    other = open_sessions(engine)
    try:
        await ImportService(other).import_file(out)
        assert await _known(other) == await _known(sessions)
    finally:
        await engine.dispose()


async def _known(sessions) -> dict[str, tuple]:
    entries = [entry async for part in bank_reading.every(sessions, Selection()) for entry in part]
    return {
        entry.fingerprint: (entry.kind, entry.stem, entry.options, entry.answer, entry.explanation, entry.category)
        for entry in entries
    }


async def test_material_is_written_only_where_there_is_one(exporter, add, tmp_path):
    await add(SINGLE, SHORT | {"material": "一段材料"})
    await exporter.export(tmp_path / "a.jsonl", "jsonl", ALL)
    plain, under = _lines(tmp_path / "a.jsonl")
    assert "material" not in plain
    assert under["material"] == "一段材料"


async def test_the_table_has_a_header_and_no_formulas(exporter, add, tmp_path):
    texts = ["=1+1", "+SUM(A1)", "-2", "@import", "#N/A"]
    await add(SINGLE, {"kind": "single", "stem": "=cmd|' /C calc'!A0 是", "options": texts, "answer": "C"})
    await exporter.export(tmp_path / "a.xlsx", "xlsx", ALL)
    book = load_workbook(tmp_path / "a.xlsx")
    header, first, second = book.active.iter_rows()
    assert [cell.value for cell in header] == [
        *("序号", "题型", "题干", "选项A", "选项B", "选项C", "选项D", "选项E"),
        *("答案", "解析", "分类", "难度", "来源", "有效期"),
    ]
    assert [cell.value for cell in first[:6]] == [1, "单选题", "我国的首都是", "上海", "北京", "广州"]
    assert [cell.value for cell in first[8:]] == ["B", "首都北京。", "法律", 1, "测试.docx", "2030-01-31"]
    assert [cell.value for cell in second[2:8]] == ["=cmd|' /C calc'!A0 是", *texts]
    assert {(cell.data_type, cell.quotePrefix) for cell in second[2:8]} == {("s", True)}


async def test_the_table_grows_columns_only_for_what_is_there(exporter, sessions, add, tmp_path):
    await add(SHORT | {"aliases": ["周树人", "豫才"], "material": "一段材料"})
    async with sessions() as session, session.begin():
        await questions.add_wordings(session, [{"question_id": 1, "stem": "谁写了《呐喊》", "stem_hash": 1}])
    await exporter.export(tmp_path / "a.xlsx", "xlsx", ALL)
    header, row = load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True)
    assert header[-3:] == ("别名", "其他问法", "材料")
    assert row[-3:] == ("周树人\n豫才", "谁写了《呐喊》", "一段材料")


async def test_a_cell_too_long_for_excel_is_refused_and_leaves_no_file(exporter, add, tmp_path):
    await add(SHORT | {"material": "长" * 40_000})
    with pytest.raises(ExportFailed, match="第 2 行有一格超过"):
        await exporter.export(tmp_path / "a.xlsx", "xlsx", ALL)
    assert list(tmp_path.glob("*.xlsx")) == []


def _notes(path: Path, folder: Path) -> tuple[list[tuple[str, list[str], str]], dict]:
    """Guid, fields and deck of each note."""
    with zipfile.ZipFile(path) as package:
        package.extract("collection.anki2", folder)
    base = sqlite3.connect(folder / "collection.anki2")
    try:
        rows = base.execute(
            "select notes.guid, notes.flds, cards.did from notes join cards on cards.nid = notes.id order by notes.id"
        ).fetchall()
        ((decks, models),) = base.execute("select decks, models from col").fetchall()
    finally:
        base.close()
    names = {int(number): deck["name"] for number, deck in json.loads(decks).items()}
    return [(guid, fields.split("\x1f"), names[deck]) for guid, fields, deck in rows], json.loads(models)


async def test_cards_are_escaped_and_keep_their_guid_when_the_answer_changes(exporter, add, sessions, tmp_path):
    await add(SINGLE, SHORT | {"explanation": "<b>粗</b> & {{Stem}}\n第二行"})
    await exporter.export(tmp_path / "a.apkg", "apkg", ALL)
    first, models = _notes(tmp_path / "a.apkg", tmp_path)
    assert [deck for _, _, deck in first] == ["公考::法律", "公考::人文"]
    assert first[0][1][:3] == ["我国的首都是", "A. 上海<br>B. 北京<br>C. 广州", "B. 北京"]
    assert first[0][1][4] == "测试.docx，有效至 2030-01-31"
    assert first[1][1][3] == "&lt;b&gt;粗&lt;/b&gt; &amp; {{Stem}}<br>第二行"
    async with sessions() as session, session.begin():
        await questions.change(session, 1, {"answer": "A"})
    await exporter.export(tmp_path / "a.apkg", "apkg", ALL, force=True)
    second, again = _notes(tmp_path / "a.apkg", tmp_path)
    assert [guid for guid, _, _ in second] == [guid for guid, _, _ in first]
    assert second[0][1][2] == "A. 上海"
    assert models.keys() == again.keys()


async def test_only_what_is_wanted_is_exported_and_the_rest_is_told(exporter, add, tmp_path):
    await add(SINGLE, SHORT, UNANSWERED, SHORT | {"stem": "有争议的题？", "status": "disputed"})
    out = tmp_path / "a.jsonl"
    done = await exporter.export(out, "jsonl", ALL)
    assert (done.count, done.left_out) == (2, {"unanswered": 1, "disputed": 1})
    with_all = Wanted(Selection(statuses=("active", "unanswered")), "")
    assert (await exporter.export(out, "jsonl", with_all, force=True)).count == 3
    people = Wanted(Selection(categories=("人文",)), "")
    await exporter.export(out, "jsonl", people, force=True)
    assert [item["category"] for item in _lines(out)] == ["人文"]
    kinds = Wanted(Selection(kinds=("single",), sources=("测试.docx",)), "")
    await exporter.export(out, "jsonl", kinds, force=True)
    assert [item["kind"] for item in _lines(out)] == ["single"]
    with pytest.raises(ExportFailed, match="没有符合条件的题"):
        await exporter.export(out, "jsonl", Wanted(Selection(sources=("别的",)), ""), force=True)


async def test_a_draw_depends_on_its_seed_alone(exporter, add, tmp_path):
    await add(*(SHORT | {"stem": f"第 {number} 道题是什么？"} for number in range(60)))

    async def drawn(seed: int) -> list[str]:
        wanted = Wanted(Selection(), "", count=10, seed=seed)
        await exporter.export(tmp_path / "a.jsonl", "jsonl", wanted, force=True)
        return [item["stem"] for item in _lines(tmp_path / "a.jsonl")]

    assert len(await drawn(1)) == 10
    assert await drawn(1) == await drawn(1)
    assert await drawn(1) != await drawn(2)


async def test_files_are_not_overwritten_and_never_half_written(exporter, add, tmp_path):
    await add(SHORT)
    paper, key = tmp_path / "卷.docx", tmp_path / "卷-答案.docx"
    key.write_text("别人的", encoding="utf-8")
    with pytest.raises(ExportFailed, match=r"卷-答案\.docx 已经在了"):
        await exporter.export(paper, "docx", ALL)
    assert not paper.exists()
    assert key.read_text(encoding="utf-8") == "别人的"
    await exporter.export(paper, "docx", ALL, force=True)
    assert zipfile.is_zipfile(paper)
    assert zipfile.is_zipfile(key)
    with pytest.raises(ExportFailed, match=r"没有 .* 这个文件夹"):
        await exporter.export(tmp_path / "没有" / "a.jsonl", "jsonl", ALL)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


async def test_a_paper_has_a_limit(exporter, add, tmp_path):
    await add(*(SHORT | {"stem": f"第 {number} 道题是什么？"} for number in range(MAX_PRINTED + 1)))
    with pytest.raises(ExportFailed, match=f"最多 {MAX_PRINTED} 题"):
        await exporter.export(tmp_path / "a.pdf", "pdf", ALL)
