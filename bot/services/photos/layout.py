"""Recognised lines to what the picture says: rows, furniture off, letters settled, questions split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.services.photos.furniture import without_furniture
from bot.services.photos.marks import cleaned
from bot.services.photos.pieces import Piece, into_pieces
from bot.services.photos.rows import Row, into_rows, page_columns
from bot.services.photos.sequence import settled
from bot.services.photos.splitting import paragraphs, split
from bot.services.photos.text import PhotoText, TextLine


def arrange(lines: Sequence[TextLine], size: tuple[int, int]) -> PhotoText:
    """What *lines* of a picture of *size* (width, height) say; pure, and quick for a thousand lines."""
    rows = without_furniture(into_rows([replace(line, text=cleaned(line.text)) for line in lines if line.text]))
    columns = page_columns(rows)
    pieces: list[Piece] = []
    first_row = 0
    edge = 0.0
    for column in columns:
        edge = max((row.right for row in column), default=0.0)
        pieces += [replace(piece, row=piece.row + first_row) for piece in settled(into_pieces(column), edge)]
        first_row += len(column) + 1
    if len(columns) > 1:
        pieces = _beside(pieces, columns)
        edge = max(piece.right for piece in pieces)
    return PhotoText(
        lines=tuple(lines),
        text="\n".join(paragraphs(pieces, edge)),
        questions=tuple(split(pieces, right_edge=edge, bottom=size[1])),
    )


def _beside(pieces: Sequence[Piece], columns: Sequence[Sequence[Row]]) -> list[Piece]:
    """Pieces of a page's right column moved below the left one, so that the page is one column."""
    left, right = columns
    down = max(row.bottom for row in left)
    across = min(row.left for row in right) - min(row.left for row in left)
    moved: list[Piece] = []
    for piece in pieces:
        if piece.row <= len(left):
            moved.append(piece)
            continue
        text_left = None if piece.text_left is None else piece.text_left - across
        moved.append(
            replace(
                piece,
                left=piece.left - across,
                right=piece.right - across,
                top=piece.top + down,
                bottom=piece.bottom + down,
                text_left=text_left,
            )
        )
    return moved
