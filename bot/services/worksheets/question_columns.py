"""The columns of the sheet with the questions: as many as the questions need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.services.importing.keys import LETTERS
from bot.services.importing.rows import Row
from bot.services.worksheets import names

_FEWEST_OPTIONS = 4
"""Columns for options that are there even when no question has any: people add questions."""


class QuestionColumns:
    """Which columns the sheet has for *rows*, and what stands in them; the last one is for remarks."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._options = max(_FEWEST_OPTIONS, *(len(row.options) for row in rows), 0)
        optional: list[tuple[str, float, Callable[[Row], str]]] = [
            (names.SHEET, 12, lambda row: row.sheet),
            (names.ALSO_ASKED, 30, lambda row: "\n".join(row.also_asked)),
            (names.DIFFICULTY, 6, lambda row: str(row.difficulty or "")),
            (names.VALID_UNTIL, 12, lambda row: row.valid_until.isoformat() if row.valid_until else ""),
        ]
        self._optional = [column for column in optional if any(column[2](row) for row in rows)]

    @property
    def widths(self) -> list[tuple[str, float]]:
        """Name and width of each column."""
        return [
            *((names.NUMBER, 9), (names.KIND, 9), (names.STEM, 60)),
            *((f"{names.OPTION}{letter}", 20) for letter in LETTERS[: self._options]),
            *((names.ANSWER, 24), (names.EXPLANATION, 50), (names.CATEGORY, 12), (names.ALIASES, 16)),
            (names.MATERIAL, 40),
            *((name, width) for name, width, _ in self._optional),
            (names.REMARK, 16),
        ]

    def texts(self, row: Row) -> list[str]:
        """The texts of *row*, one a column; the remark is empty."""
        return [
            *(str(row.number), names.KINDS[row.kind], row.stem),
            *row.options,
            *[""] * (self._options - len(row.options)),
            *(row.answer, row.explanation, row.category, "\n".join(row.aliases)),
            row.material,
            *(text(row) for _, _, text in self._optional),
            "",
        ]
