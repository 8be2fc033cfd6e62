"""Edited worksheets made on the spot, and what came of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot.services.worksheets import Transformed, transform_file
from bot.services.worksheets.transforming import report_path

HEADER = ("编号", "题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "材料")


@dataclass(frozen=True)
class Outcome:
    """What a worksheet was transformed into."""

    done: Transformed
    turns: list[dict[str, str]]
    report: list[dict[str, str]]

    def of(self, row: int) -> list[tuple[str, str, str]]:
        """Outcome, column and reason on each of the report's lines about *row*."""
        return [(line["结果"], line["列"], line["原因"]) for line in self.report if line["行号"] == str(row)]


@pytest.fixture
def make_sheet(tmp_path: Path) -> Callable[..., Path]:
    """Write rows below the header into a worksheet; a cell may be (value, number format)."""

    def make(*rows: Sequence[Any], header: Sequence[str] = HEADER, merge: str = "", title: str = "题目") -> Path:
        book = Workbook()
        sheet = book.active
        sheet.title = title
        for row_number, row in enumerate([header, *rows], 1):
            for column, content in enumerate(row, 1):
                value, form = content if isinstance(content, tuple) else (content, None)
                cell = sheet.cell(row_number, column, value)
                if form:
                    cell.number_format = form
        if merge:
            sheet.merge_cells(merge)
        book.save(tmp_path / "edited.xlsx")
        return tmp_path / "edited.xlsx"

    return make


@pytest.fixture
def transformed(make_sheet: Callable[..., Path], tmp_path: Path) -> Callable[..., Outcome]:
    """Transform the worksheet with these rows."""

    def transform(*rows: Sequence[Any], system: str | None = None, **kwargs: Any) -> Outcome:
        done = transform_file(make_sheet(*rows, **kwargs), tmp_path / "out.jsonl", system=system, force=True)
        return Outcome(done, turns_of(done.out), report_of(done.out))

    return transform


def turns_of(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line)["conversation"][0] for line in lines]


def report_of(out: Path) -> list[dict[str, str]]:
    with report_path(out).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def sheets_of(path: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of every sheet, by the names over their columns; all cells have to be text."""
    book = load_workbook(path)
    found: dict[str, list[dict[str, str]]] = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.value is None or (cell.data_type, cell.number_format) == ("s", "@") for cell in row)
        header, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(header, (text or "" for text in row), strict=True)) for row in rows]
    return found
