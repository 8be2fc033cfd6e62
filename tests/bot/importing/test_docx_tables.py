"""A Word table with a question a row is read like a sheet; a table that only lays out a paper is not."""

from __future__ import annotations

from pathlib import Path

from docx import Document

from bot.services.importing.docx_file import read_docx
from bot.services.importing.rows import Layout, Row

HEADER = ["序号", "题目", "选项", "正确答案", "解析"]
ROWS = [
    ["1", "我国最长的河流是（ ）。", "A.黄河\nB.长江\nC.珠江\nD.淮河", "B", "长江全长约6300千米。"],
    ["2", "地球绕着太阳转。", "", "对", ""],
]


def table(path: Path, rows: list[list[str]]) -> Path:
    document = Document()
    document.add_paragraph("常识题库")
    grid = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(path))
    return path


def test_a_question_a_row(tmp_path: Path):
    items = list(read_docx(table(tmp_path / "a.docx", [HEADER, *ROWS])))
    rows = [item for item in items if isinstance(item, Row)]
    assert [(row.kind, row.stem, row.answer) for row in rows] == [
        ("single", "我国最长的河流是（ ）。", "B"),
        ("judge", "地球绕着太阳转。", "正确"),
    ]
    assert rows[0].options == ("黄河", "长江", "珠江", "淮河")
    assert rows[0].explanation == "长江全长约6300千米。"
    assert any(isinstance(item, Layout) and "表头" in item.text for item in items)


def test_a_table_around_a_paper_is_a_paper(tmp_path: Path):
    cells = [
        ["1. 我国最长的河流是（ B ）。"],
        ["A. 黄河  B. 长江"],
        ["2. 我国最大的岛是（ A ）。"],
        ["A. 台湾岛  B. 海南岛"],
    ]
    rows = [item for item in read_docx(table(tmp_path / "b.docx", cells)) if isinstance(item, Row)]
    assert [row.answer for row in rows] == ["B", "A"]
