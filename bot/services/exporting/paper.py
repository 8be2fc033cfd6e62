"""Arranging questions as a practice paper and its key, before any file format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.services.exporting.words import KINDS, LETTERS, printable
from store.bank_reading import Entry

LINE = 43.0
"""Full-width characters that fit a line of options, see the margins and the size of the templates."""
_GAP = 2.4
"""What a letter and the distance to the next option take, in full-width characters."""
_NARROW = 0.55
_TALLEST = 25
"""Lines that may still be kept on one page: about half of it."""
_HEADINGS = {"single": "单项选择题", "multiple": "多项选择题", "judge": "判断题", "short": "简答题", "": "材料题"}
_ORDINALS = "一二三四五"
_BRACKETS = re.compile(r"[（(][\s\u3000]*[）)]")
_GAP_TO_FILL = re.compile(r"[（(][\s\u3000]*[）)]|[_＿]{2,}|—{4,}")
_NO_KEY = "（暂无）"
_MARKS = {"正确": "√", "错误": "×"}


@dataclass(frozen=True, slots=True)
class Printed:
    """A question as it stands on the paper."""

    number: int
    kind: str
    stem: str
    """With something to fill in: brackets for choices and judgements."""
    options: list[str]
    """``A. text``."""
    columns: int
    """Options on a line: 4, 2 or 1."""
    whole: bool
    """Short enough to be kept on one page."""
    answer: str
    """As the key shows it."""
    explanation: str
    note_whole: bool
    """The same for what the key says."""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions under one passage, or without any."""

    material: str
    guide: str
    """``阅读下面的材料，回答 3～5 题。``; empty without a passage."""
    questions: list[Printed]


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    groups: list[Group]
    quick: list[tuple[str, list[str]]]
    """Keys in fives, ``("1～5", ["A", "B", …])``; empty where answers are texts."""
    fives: int
    """How many of :attr:`quick` stand side by side."""


@dataclass(frozen=True, slots=True)
class Paper:
    title: str
    count: int
    sections: list[Section]


def arrange(title: str, entries: Iterable[Entry]) -> Paper:
    """*entries* in sections by kind, numbered through, passages printed once above their questions.

    Questions of several kinds under one passage get a section of their own at the end.
    """
    entries = list(entries)
    kinds: dict[str, set[str]] = {}
    for entry in entries:
        if entry.material:
            kinds.setdefault(entry.material, set()).add(entry.kind)
    piles: dict[str, list[Entry]] = {}
    for entry in entries:
        mixed = len(kinds.get(entry.material, ())) > 1
        piles.setdefault("" if mixed else entry.kind, []).append(entry)
    sections: list[Section] = []
    number = 1
    for kind in (*KINDS, ""):
        if pile := piles.get(kind):
            heading = f"{_ORDINALS[len(sections)]}、{_HEADINGS[kind]}（共 {len(pile)} 题）"
            groups = _groups(pile, number)
            sections.append(Section(heading, groups, *_quick(kind, groups)))
            number += len(pile)
    return Paper(printable(title), len(entries), sections)


def _groups(pile: Sequence[Entry], number: int) -> list[Group]:
    by_material: dict[str, list[Entry]] = {"": []}
    for entry in pile:
        by_material.setdefault(entry.material, []).append(entry)
    groups: list[Group] = []
    for material, members in by_material.items():
        if members:
            last = number + len(members) - 1
            which = f"{number}" if last == number else f"{number}～{last}"
            guide = f"阅读下面的材料，回答 {which} 题。" if material else ""
            questions = [_printed(at, entry) for at, entry in enumerate(members, number)]
            groups.append(Group(printable(material), guide, questions))
            number = last + 1
    return groups


def _printed(number: int, entry: Entry) -> Printed:
    stem = printable(entry.stem)
    if entry.kind != "short":
        stem = _BRACKETS.sub("（　　）", stem) if _GAP_TO_FILL.search(stem) else stem + "（　　）"
    options = [" ".join(printable(option).split()) for option in entry.options]
    explanation = printable(entry.explanation)
    return Printed(
        number,
        entry.kind,
        stem,
        [f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False)],
        columns(options),
        sum(map(_lines, (stem, *options))) <= _TALLEST,
        _MARKS.get(entry.answer, printable(entry.answer)) if entry.kind == "judge" else printable(entry.answer),
        explanation,
        _lines(entry.answer) + _lines(explanation) <= _TALLEST,
    )


def _lines(text: str) -> int:
    """How many lines *text* takes, about."""
    return sum(1 + int(width(line) / LINE) for line in text.split("\n"))


def columns(options: Sequence[str]) -> int:
    """How many of *options* stand side by side: 4, 2 or 1 a line."""
    widest = max((width(option) for option in options), default=0.0) + _GAP
    return next((count for count in (4, 2) if widest <= LINE / count and len(options) > count / 2), 1)


def width(text: str) -> float:
    """How wide *text* is printed, in full-width characters."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else _NARROW for character in text)


def _quick(kind: str, groups: Sequence[Group]) -> tuple[list[tuple[str, list[str]]], int]:
    if kind in ("short", ""):
        return [], 1
    questions = [question for group in groups for question in group.questions]
    fives = (questions[start : start + 5] for start in range(0, len(questions), 5))
    keys = [
        (
            f"{five[0].number}" if len(five) == 1 else f"{five[0].number}～{five[-1].number}",
            [question.answer or _NO_KEY for question in five],
        )
        for five in fives
    ]
    widest = max(width(f"{label}{' '.join(letters)}") for label, letters in keys)
    return keys, next((count for count in (3, 2) if widest + 2 * _GAP <= LINE / count), 1)
