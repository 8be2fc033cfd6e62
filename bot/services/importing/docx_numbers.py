"""The automatic numbers of a Word document: Word stores ``3、`` and ``A．`` as lists, not as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO
from xml.etree.ElementTree import Element, parse

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
_DIGITS = "零一二三四五六七八九"
_MAX_LISTS = 10_000
_MAX_FORM = 64
"""Characters of how a number is written, ``第%1章``: it stands before every paragraph of its list, however many."""


@dataclass(slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict[int, _Level])
    counts: dict[int, int] = field(default_factory=dict[int, int])


class Lists:
    """The lists of ``word/numbering.xml``, counting as their paragraphs come by in order."""

    def __init__(self, numbering: IO[bytes] | None = None) -> None:
        """
        Raises:
            xml.etree.ElementTree.ParseError: broken XML.
        """
        self._lists: dict[str, _List] = {}
        self._fresh: dict[str, dict[int, int]] = {}
        """For lists that restart: their levels' first numbers, until first used."""
        if numbering is not None:
            self._load(parse(numbering).getroot())  # noqa: S314 - open_package refuses files with entities

    def mark(self, list_id: str, level: int) -> str:
        """The number of the next paragraph at *level* of the list; empty for bullets and unknown lists."""
        found = self._lists.get(list_id)
        shape = found.levels.get(level) if found else None
        if found is None or shape is None:
            return ""
        for at, start in self._fresh.pop(list_id, {}).items():
            found.counts[at] = start - 1
        found.counts[level] = found.counts.get(level, shape.start - 1) + 1
        for deeper in [at for at in found.counts if at > level]:
            del found.counts[deeper]
        if shape.form in {"bullet", "none"}:
            return ""
        return _PLACE.sub(lambda place: self._number(found, int(place[1]) - 1), shape.text)

    def _number(self, found: _List, level: int) -> str:
        shape = found.levels.get(level, _Level())
        return _written(found.counts.get(level, shape.start), shape.form)

    def _load(self, root: Element) -> None:
        shapes = {
            _attribute(shape, "abstractNumId"): _List(_levels(shape))
            for shape in root.findall(f"{_W}abstractNum")[:_MAX_LISTS]
        }
        for number in root.findall(f"{_W}num")[:_MAX_LISTS]:
            list_id = _attribute(number, "numId")
            shape = shapes.get(_child(number, "abstractNumId"))
            if shape is None:
                continue
            self._lists[list_id] = shape
            restarts = {
                _integer(_attribute(change, "ilvl")): _integer(_child(change, "startOverride"))
                for change in number.findall(f"{_W}lvlOverride")
                if change.find(f"{_W}startOverride") is not None
            }
            if restarts:
                self._fresh[list_id] = restarts


def _levels(shape: Element) -> dict[int, _Level]:
    return {
        _integer(_attribute(level, "ilvl")): _Level(
            _integer(_child(level, "start") or "1"),
            _child(level, "numFmt") or "decimal",
            _child(level, "lvlText")[:_MAX_FORM],
        )
        for level in shape.findall(f"{_W}lvl")
    }


def _attribute(element: Element, name: str) -> str:
    return element.get(f"{_W}{name}", "")


def _child(element: Element, name: str) -> str:
    found = element.find(f"{_W}{name}")
    return "" if found is None else _attribute(found, "val")


def _integer(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _written(number: int, form: str) -> str:
    """*number* in one of Word's number formats; digits in those that exams do not use."""
    if form in {"upperLetter", "lowerLetter"} and 1 <= number <= 26:
        return chr((64 if form == "upperLetter" else 96) + number)
    if form.startswith("decimalEnclosedCircle") and 1 <= number <= 20:
        return chr(0x245F + number)
    if form in {"upperRoman", "lowerRoman"} and 1 <= number <= 12:
        roman = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")[number - 1]
        return roman if form == "upperRoman" else roman.lower()
    if form in {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand"}:
        return _chinese(number)
    return str(number)


def _chinese(number: int) -> str:
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十") + (_DIGITS[ones] if ones else "")
