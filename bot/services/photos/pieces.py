"""Rows as pieces of questions: stretches of text, and options with their letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from unicodedata import east_asian_width

from bot.services.photos.marks import KIND, badge, inner_marks, read_mark, with_kind
from bot.services.photos.rows import Row, apart, glued
from bot.services.photos.text import TextLine

_LABEL = 0.95
"""Height of a label's letters to the stem's, at most."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    """Without the option letter."""
    row: int
    """Pieces side by side have the same number."""
    left: float
    right: float
    top: float
    bottom: float
    letter: str = ""
    """Empty for text that is no option."""
    sure: bool = True
    """False for a letter that counts only among others in sequence."""
    text_left: float | None = None
    """Where the option's text begins, known when its letter stood apart from it."""

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def raw(self) -> str:
        """As it stood in the picture."""
        if not self.letter:
            return self.text
        return f"{self.letter} {self.text}" if not self.sure else f"{self.letter}.{self.text}"


def into_pieces(rows: Sequence[Row]) -> list[Piece]:
    """Pieces in reading order; lone letters are joined with the text beside or below them."""
    pieces: list[Piece] = []
    for number, row in enumerate(_with_badges_read(rows)):
        of_row: list[Piece] = []
        before: TextLine | None = None
        for cell in row.cells:
            for piece in _of_cell(cell, number):
                _add(of_row, piece, far=before is not None and apart(before, cell))
            before = cell
        pieces += of_row
    return list(_with_torn_letters(pieces))


def _with_badges_read(rows: Iterable[Row]) -> Iterable[Row]:
    """A label before the stem, in smaller letters than it, says the kind."""
    for row in rows:
        first = row.cells[0]
        if len(row.cells) > 1 and first.height < _LABEL * row.cells[1].height and (kind := badge(first.text)):
            yield Row((replace(first, text=kind), *row.cells[1:]))
        else:
            yield row


def _of_cell(cell: TextLine, row: int) -> list[Piece]:
    """The cell as one piece, or several when several options run into each other."""
    mark = read_mark(cell.text)
    if mark is None:
        text = f"【{cell.text.strip()}】" if KIND.fullmatch(cell.text.strip()) else with_kind(cell.text)
        text = text.replace("【【", "【").replace("】】", "】")
        glued_on = inner_marks(text, "")
        if len(glued_on) < 3:
            return [Piece(text, row, cell.left, cell.right, cell.top, cell.bottom)]
        start, ends, letter, sure = 0, glued_on, "", True
    else:
        text, letter, sure = mark.rest, mark.letter, mark.sure
        start, ends = 0, inner_marks(text, letter)
        if not text:
            return [Piece("", row, cell.left, cell.right, cell.top, cell.bottom, letter, sure)]
    pieces: list[Piece] = []
    scale = (cell.right - cell.left) / max(1, _width(cell.text))
    # Where inside the box a piece begins is only known by the width of what stands before it.
    offset = max(0, _width(cell.text) - _width(text))
    left = cell.left
    for name, begin, end in [*ends, ("", len(text), len(text))]:
        right = cell.left + scale * (offset + _width(text[:begin])) if name else cell.right
        body = text[start:begin].strip()
        if body or letter:
            pieces.append(Piece(body, row, left, right, cell.top, cell.bottom, letter, sure))
        start, letter, sure, left = end, name, True, right
    return pieces


def _width(text: str) -> float:
    return sum(1.0 if east_asian_width(char) in "WFA" else 0.5 for char in text)


def _add(row: list[Piece], piece: Piece, *, far: bool) -> None:
    """Append *piece* to its row, joined with the text before it when they are one torn text."""
    last = row[-1] if row else None
    if last is None or piece.letter or not last.text:
        row.append(piece)
    elif not far or KIND.fullmatch(last.text):
        row[-1] = replace(last, text=glued(last.text, piece.text), **_hull(last, piece))
    else:
        row.append(piece)


def _hull(one: Piece, other: Piece) -> dict[str, float]:
    return {
        "left": min(one.left, other.left),
        "right": max(one.right, other.right),
        "top": min(one.top, other.top),
        "bottom": max(one.bottom, other.bottom),
    }


def _with_torn_letters(pieces: Iterable[Piece]) -> Iterable[Piece]:
    """A letter that stands alone takes the text that follows it as its own."""
    waiting: Piece | None = None
    for piece in pieces:
        if waiting is not None and not piece.letter and piece.row - waiting.row <= 1:
            beside = piece.row == waiting.row
            box = _hull(waiting, piece) if beside else {"right": max(waiting.right, piece.right)}
            below = {} if beside else {"bottom": piece.bottom}
            yield replace(
                waiting, text=piece.text, text_left=piece.left if beside else None, row=piece.row, **{**box, **below}
            )
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = piece if piece.letter and not piece.text else None
        if waiting is None:
            yield piece
    if waiting is not None:
        yield waiting
