"""What became of every row of an edited worksheet, as a csv for the person who edited it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

Outcome = Literal["written", "problem", "empty", "header"]
"""written: in the jsonl; problem: not there, and why; empty: nothing in the columns that matter;
header: the names over the columns, and titles above them."""

WORDS: dict[Outcome, str] = {"written": "写入", "problem": "有问题", "empty": "空行", "header": "表头"}
_HEADER = ("行号", "编号", "结果", "列", "原因", "题干", "答案")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class ReportWriter:
    """Lines go to disk as they come (UTF-8 with BOM, for Excel).

    A row takes one line, or one for each thing to say about it. Cells that a spreadsheet would take
    for a formula get a leading quote.
    """

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._lines = csv.writer(self._stream)
        self._lines.writerow(_HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def add(
        self,
        outcome: Outcome,
        row: int,
        *,
        number: str = "",
        remarks: Sequence[tuple[str, str]] = (),
        stem: str = "",
        answer: str = "",
    ) -> None:
        """*remarks* are a column and what is to be said about it; *number* is what the sheet has under 编号."""
        for column, reason in remarks or [("", "")]:
            line = (str(row), number, WORDS[outcome], column, reason, stem, answer)
            self._lines.writerow([_harmless(cell) for cell in line])


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
