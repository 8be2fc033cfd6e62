"""Long pictures in pieces: where to cut, and the lines of overlapping pieces as one list."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.photos.text import TextLine

_ASPECT = 1.6
"""Height of a piece in widths; also the height up to which nothing is cut, with half a piece more."""
_OVERLAP = 0.15
"""Of the width: three to four lines of text."""

Span = tuple[int, int]


def spans(width: int, height: int) -> list[Span]:
    """Top and bottom of each piece, in order; they overlap, and one piece when the picture is not long."""
    if height <= width * _ASPECT * 1.6:
        return [(0, height)]
    piece, overlap = round(width * _ASPECT), round(width * _OVERLAP)
    step = max(1, piece - overlap)
    tops = list(range(0, height - overlap, step))
    # A last sliver would hold hardly a line.
    if len(tops) > 1 and height - tops[-1] < piece // 3:
        tops.pop()
    return [(top, height if top == tops[-1] else top + piece) for top in tops]


def joined(pieces: Sequence[tuple[Span, Sequence[TextLine]]]) -> list[TextLine]:
    """Lines of all pieces (in coordinates of the whole picture), each once.

    A line cut by a piece's edge is taken from the other piece, where it is whole.
    """
    kept: list[TextLine] = []
    previous: Span | None = None
    for span, lines in pieces:
        if previous is None or previous[1] <= span[0]:
            kept += lines
        else:
            middle = (span[0] + previous[1]) / 2
            above = [line for line in kept if line.top < middle and not _cut(line, previous[1])]
            below = [line for line in lines if line.bottom > middle and not _cut(line, span[0])]
            kept = above + [line for line in below if not any(_same(line, other) for other in above)]
        previous = span
    return sorted(kept, key=lambda line: (line.top, line.left))


def _cut(line: TextLine, edge: float) -> bool:
    return line.top < edge + 2 and line.bottom > edge - 2


def _same(one: TextLine, other: TextLine) -> bool:
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    wide = min(one.right, other.right) - max(one.left, other.left)
    narrower = min(one.right - one.left, other.right - other.left)
    return high > 0.4 * min(one.height, other.height) and wide > 0.5 * narrower
