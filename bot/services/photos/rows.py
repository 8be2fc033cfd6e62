"""Lines that stand beside each other as rows, rows of a page in two columns one column after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bot.services.photos.text import TextLine

_SAME_ROW = 0.5
"""Share of the lower line's height that two lines of a row have in common."""
_WIDE_GAP = 1.5
"""Gap, in line heights, from which two lines of a row are two things and not one text torn apart."""
_COLUMN_START = re.compile(r"^\s*(?:\d{1,3}\s*[.．、](?!\d)|[(（]?\s*A\s*[.．、)）])")
_WORD = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[TextLine, ...]
    """Left to right, at least one."""

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return max(cell.right for cell in self.cells)

    @property
    def top(self) -> float:
        return min(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        return max(cell.bottom for cell in self.cells)

    @property
    def text(self) -> str:
        """The cells' texts, those far apart with a run of spaces between them."""
        text = self.cells[0].text
        for before, cell in zip(self.cells, self.cells[1:], strict=False):
            text = text + "    " + cell.text if apart(before, cell) else glued(text, cell.text)
        return text


def into_rows(lines: Sequence[TextLine]) -> list[Row]:
    """Rows top to bottom."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        # Only the last rows can reach this far down.
        fitting = next((row for row in reversed(rows[-3:]) if _fits(line, row)), None)
        if fitting is None:
            rows.append([line])
        else:
            fitting.append(line)
    return [Row(tuple(sorted(row, key=lambda cell: cell.left))) for row in rows]


def apart(before: TextLine, after: TextLine) -> bool:
    return after.left - before.right > _WIDE_GAP * min(before.height, after.height)


def glued(before: str, after: str) -> str:
    """Two pieces of one text: with a space between Latin words, with none between Chinese ones."""
    if before and after and _WORD.match(before[-1]) and _WORD.match(after[0]):
        return f"{before} {after}"
    return before + after


def page_columns(rows: Sequence[Row]) -> list[list[Row]]:
    """One list of rows per column of the page; one list when options alone stand side by side.

    A page has two columns when the right half has questions of its own: lines
    that begin with a number or with option A.
    """
    starts = sorted(
        cell.left for row in rows for cell in row.cells[1:] if _COLUMN_START.match(cell.text) and len(cell.text) > 2
    )
    if len(starts) < 2:
        return [list(rows)]
    edge = median(starts)
    tolerance = 2 * median(row.bottom - row.top for row in rows)
    if sum(abs(start - edge) <= tolerance for start in starts) < 2:
        return [list(rows)]
    gutter = min(start for start in starts if abs(start - edge) <= tolerance) - tolerance / 8
    crossing = [row for row in rows if any(cell.left < gutter - tolerance < gutter < cell.right for cell in row.cells)]
    sides = [row for row in rows if row not in crossing]
    if not sides or any(row.top > sides[0].top for row in crossing):
        return [list(rows)]
    cells = [cell for row in sides for cell in row.cells]
    left = into_rows([cell for cell in cells if cell.left < gutter])
    right = into_rows([cell for cell in cells if cell.left >= gutter])
    return [[*crossing, *left], right]


def _fits(line: TextLine, row: Sequence[TextLine]) -> bool:
    for cell in row:
        common = min(line.bottom, cell.bottom) - max(line.top, cell.top)
        lower = min(line.height, cell.height)
        beside = min(line.right, cell.right) - max(line.left, cell.left) <= 0.5 * lower
        if common >= _SAME_ROW * lower and beside:
            return all(min(line.right, other.right) - max(line.left, other.left) <= 0.5 * lower for other in row)
    return False
