"""Long texts in several messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.parts import cut, shortened, width

_PIECES = [
    "第一段。",
    "\n",
    "\n\n",
    "　",
    " ",
    "word ",
    "1.5",
    "“好。”",
    "é",
    "👨‍👩‍👧",
    "👍🏽",
    "🇨🇳",
    "☎️",
    "1️⃣",
    "𠮷",
    "。",
    "！？",
    "\r\n",
]
TEXTS = st.one_of(st.text(max_size=400), st.lists(st.sampled_from(_PIECES), max_size=200).map("".join))
LIMITS = st.integers(min_value=16, max_value=120)


def dense(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, LIMITS)
def test_nothing_is_lost_but_white_space_and_every_part_fits(text: str, limit: int):
    parts = cut(text, limit)
    assert dense("".join(parts)) == dense(text)
    assert all(width(part) <= limit for part in parts)
    at = 0
    for part in parts:
        found = text.index(part, at)
        assert not text[at:found].strip()
        at = found + len(part)
    assert not text[at:].strip()


@given(TEXTS, LIMITS)
def test_parts_are_few(text: str, limit: int):
    parts = cut(text, limit)
    assert len(parts) <= width(text) // (limit // 2) + 1
    if width(text) <= limit:
        assert parts == [text]
    else:
        assert all(parts) or not text.strip()


@given(st.lists(st.sampled_from([one for one in _PIECES if not one.isspace() and len(one) > 1]), max_size=80), LIMITS)
def test_no_character_is_cut_in_two(pieces: list[str], limit: int):
    signs = [one for one in pieces if width(one) <= 8 and one[0] not in "第w1“！"]
    for parts in (cut("".join(signs), limit), [shortened("".join(signs), limit).removesuffix("……")]):
        left = list(signs)
        for part in parts:
            while part:
                sign = left.pop(0)
                assert part.startswith(sign)
                part = part.removeprefix(sign)


@given(TEXTS, LIMITS)
def test_what_is_shortened_fits_and_says_so(text: str, limit: int):
    short = shortened(text, limit)
    assert width(short) <= limit
    assert short == text if width(text) <= limit else short.endswith("……") and text.startswith(short[:-2])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("甲甲甲。\n乙乙。\n\n丙丙丙丙丙丙", ["甲甲甲。\n乙乙。", "丙丙丙丙丙丙"]),
        ("甲甲甲甲甲。\n乙。丙丙丙丙丙", ["甲甲甲甲甲。", "乙。丙丙丙丙丙"]),
        ("甲甲甲甲。乙乙。丙丙丙丙丙", ["甲甲甲甲。乙乙。", "丙丙丙丙丙"]),
        ("甲甲甲甲，“乙乙。”丙丙", ["甲甲甲甲，“乙乙。”", "丙丙"]),
        ("甲" * 20 + "\n\n乙", ["甲" * 10, "甲" * 10, "乙"]),
        ("version 1.25 is out", ["version", "1.25 is", "out"]),
        (" " * 30, [""]),
        ("", [""]),
    ],
)
def test_where_it_is_cut(text: str, parts: list[str]):
    assert cut(text, 10) == parts


def test_a_part_ends_where_a_blank_line_begins():
    assert cut("甲" * 10 + "\n\n" + "乙" * 5, 10) == ["甲" * 10, "乙" * 5]
