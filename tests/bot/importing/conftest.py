"""Files made on the spot, and an importer on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.services.importing.importer import ImportService
from store.db import Sessions
from store.search import IndexKeeper


@pytest.fixture
def make_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Write rows into an Excel file; a cell may be (value, number format) or (value, format id)."""

    def make(rows: Sequence[Sequence[Any]], name: str = "bank.xlsx") -> Path:
        book = Workbook()
        sheet = book.active
        for row_number, row in enumerate(rows, 1):
            for column, content in enumerate(row, 1):
                value, form = content if isinstance(content, tuple) else (content, None)
                cell = sheet.cell(row_number, column, value)
                if isinstance(form, int):
                    cell.number_format = "0"
                    # Excel's Chinese date formats have numbers but no text in the file.
                    cell._style.numFmtId = form
                elif form:
                    cell.number_format = form
        book.save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def make_jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Write items (dicts as JSON, text as it is) one a line."""

    def make(items: Sequence[Any], name: str = "bank.jsonl") -> Path:
        lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / name

    return make


@pytest.fixture
def importer(sessions: Sessions) -> ImportService:
    return ImportService(sessions, IndexKeeper(sessions, None))
