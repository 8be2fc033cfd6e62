"""Every row is accounted for, whatever stands in the file."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.importing.docx_file import rows_of
from bot.services.importing.importer import ImportService
from bot.services.importing.process import OwnFileReader
from bot.services.importing.report import Report
from bot.services.importing.rows import Aside, Row, UnreadableFile
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from store.models import Base
from store.search import IndexKeeper
from tests.documents import write_docx

_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
_WORDS = st.sampled_from(["故宫", "鲁迅", "5%", "0.05", "C.红磷", "对", "正确", "", "？", "2:8:3", "最大的宫殿是："])
_MARK = st.sampled_from(["->", "：->", "－>", "→", " -> ", "->->", "", "\n"])
_LINE = st.one_of(_TEXT, st.tuples(_WORDS | _TEXT, _MARK, _WORDS | _TEXT).map("".join))


async def _import(lines: list[str]) -> tuple[Report, Report]:
    engine = open_engine("sqlite+aiosqlite:///:memory:", StoreConfig())
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        with TemporaryDirectory() as folder:
            path = write_docx(Path(folder) / "bank.docx", lines)
            service = ImportService(open_sessions(engine), files=OwnFileReader())
            return await service.import_file(path), await service.import_file(path)
    finally:
        await engine.dispose()


@settings(max_examples=60, deadline=None)
@given(st.lists(_LINE, min_size=1, max_size=25))
def test_outcomes_sum_to_the_rows_and_a_second_import_agrees(lines: list[str]) -> None:
    rows = [item for item in rows_of(lines) if not isinstance(item, Aside)]
    try:
        first, second = asyncio.run(_import(lines))
    except UnreadableFile:
        assert rows == []
        return
    assert first.rows == second.rows == len(rows)
    assert first.counts["rejected"] == second.counts["rejected"] == sum(not isinstance(row, Row) for row in rows)
    assert len(first.entries) == first.rows - first.counts["new"]
    assert second.counts["new"] == 0
    assert second.counts["same"] == first.counts["new"] + first.counts["same"] + first.counts["merged"]
    assert second.counts["merged"] == 0
    conflicting = [[e.row for e in report.entries if e.outcome == "conflict"] for report in (first, second)]
    assert conflicting[0] == conflicting[1]


@settings(max_examples=200, deadline=None)
@given(st.lists(_LINE, max_size=25))
def test_no_line_with_text_vanishes(lines: list[str]) -> None:
    items = list(rows_of(lines))
    assert [item.number for item in items] == sorted({item.number for item in items})
    shown = "".join(item.stem + item.answer if isinstance(item, Row) else item.excerpt for item in items)
    # A short line's letters are all in the row, the rejection or the aside it became.
    for line in lines:
        letters = Counter(char for char in line if char.isalpha())
        assert not letters - Counter(shown)


@pytest.fixture
async def local_importer(used_sqlite_url: str) -> AsyncIterator[ImportService]:
    """What a file holds does not depend on the database; smaller ones are imported into both."""
    engine = open_engine(used_sqlite_url, StoreConfig())
    sessions = open_sessions(engine)
    yield ImportService(sessions, IndexKeeper(sessions, None))
    await engine.dispose()


@pytest.mark.slow
async def test_the_largest_file_adds_up_and_the_spreadsheet_agrees_with_it(local_importer, real_data) -> None:
    report = await local_importer.import_file(real_data / "seed" / "src.docx")
    assert (report.rows, report.counts["rejected"], len(report.asides)) == (41689, 10, 7)
    again = await local_importer.import_file(real_data / "seed" / "src.docx")
    assert (again.rows, again.counts["new"]) == (41689, 0)
    assert again.counts["conflict"] == report.counts["conflict"]
    report = await local_importer.import_file(real_data / "seed" / "src.xlsx")
    conflicts = [(entry.row, entry.answer, entry.met_answer) for entry in report.entries if entry.outcome == "conflict"]
    assert conflicts == [(4051, "1999年4月1日", "99年4月1日")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows", "rejected", "asides"), [("src.xlsx", 10397, 5, 1), ("output.jsonl", 10397, 71, 0)]
)
async def test_the_original_projects_files_add_up(importer, real_data, name, rows, rejected, asides) -> None:
    report = await importer.import_file(real_data / "seed" / name)
    assert (report.rows, report.counts["rejected"], len(report.asides)) == (rows, rejected, asides)
    again = await importer.import_file(real_data / "seed" / name)
    assert (again.rows, again.counts["new"]) == (rows, 0)
    assert again.counts["conflict"] == report.counts["conflict"]
