"""Any text goes into a cell and comes out of it unchanged."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot.services.importing.cells import decoded
from bot.services.worksheets.cell_text import MAX_CELL, REPLACEMENT, holdable, stored
from bot.services.worksheets.edited_book import opened
from bot.services.worksheets.text_sheet import TextSheet

UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TRICKY = st.sampled_from(
    ["=1+1", "+1", "-1", "@a", "#N/A", "2:8:3", "1/2", "007", "1E5", "2023-01-02", "TRUE", "'x", "_x0041_", "_x005F\r"]
)
TEXTS = st.one_of(
    TRICKY,
    st.text(),
    st.text(st.characters(exclude_categories=())),
    st.text("_x05FDA4\r\n\t 甲"),
)


def written_and_read(rows: list[list[str]]) -> list[list[str]]:
    """The texts after a way through a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        book = Workbook(write_only=True)
        sheet = TextSheet(book, "题目", [(f"列{at}", 10) for at in range(len(rows[0]))])
        for row in rows:
            sheet.add([holdable(text) for text in row])
        book.save(path)
        with opened(path) as (read,):
            cells = [[row.cell(at).value or "" for at in range(len(rows[0]))] for row in read.rows()]
    return cells[1:]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_any_text_survives_but_for_characters_that_xlsx_cannot_hold(rows: list[list[str]]) -> None:
    # A mark in each row keeps rows without any text from being cut off the end.
    marked = [["|", *row] for row in rows]
    expected = [[UNHOLDABLE.sub(REPLACEMENT, text) for text in row] for row in marked]
    assert written_and_read(marked) == expected


@given(TEXTS)
def test_the_codes_of_excel_go_back_to_what_they_stood_for(text: str) -> None:
    assert decoded(stored(text)) == text
    assert "\r" not in stored(text)


def test_the_longest_text_of_codes_is_not_cut() -> None:
    text = "_x0041_" * (MAX_CELL // 7)
    assert written_and_read([["|", text]]) == [["|", text]]


@pytest.mark.parametrize("text", ["=1+1", "#N/A", "2:8:3", "1/2", "007", "1E5", "2023-01-02", "TRUE", "-5"])
def test_what_looks_like_something_else_is_text_in_the_file(text: str, tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    TextSheet(book, "题目", [("答案", 10)]).add([text])
    book.save(tmp_path / "a.xlsx")
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].number_format) == (text, "s", "@")
    # What somebody types below is text too.
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.freeze_panes == "A2"
