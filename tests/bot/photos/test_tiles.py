"""Cutting long pictures and joining what their pieces say."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.photos.text import TextLine
from bot.services.photos.tiles import joined, spans


@given(st.integers(16, 3000), st.integers(16, 60_000))
def test_pieces_cover_the_picture_and_overlap(width: int, height: int):
    cuts = spans(width, height)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == height
    assert all(after[0] < before[1] <= after[1] for before, after in pairwise(cuts))


def test_a_phone_s_screen_is_one_piece():
    assert spans(1080, 2400) == [(0, 2400)]
    assert len(spans(900, 9000)) > 3


@given(st.integers(300, 900), st.integers(3, 12), st.integers(20, 40), st.integers(5, 30), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_every_line_comes_back_once(width: int, times: int, height: int, gap: int, start: int):
    total = width * times
    tops = range(start, total - height, height + gap)
    cuts = spans(width, total)
    pieces = []
    for number, (top, bottom) in enumerate(cuts):
        found = []
        for line, at in enumerate(tops):
            # A line that the cut halves is read as rubbish, one that is whole a pixel off.
            upper, lower = max(at, top), min(at + height, bottom)
            if lower - upper >= 8:
                whole = (upper, lower) == (at, at + height)
                text = str(line) if whole else "rubbish"
                found.append(TextLine(text, (10, upper + number % 2, width - 10, lower), 0.9))
        pieces.append(((top, bottom), found))
    assert [line.text for line in joined(pieces)] == [str(line) for line in range(len(tops))]
