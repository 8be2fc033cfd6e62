"""The lines of a Word document, streamed: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO
from xml.parsers.expat import ParserCreate

from bot.services.importing.docx_numbers import Lists

_CHUNK = 1 << 16
_SKIPPED = {"Fallback", "moveFrom"}
"""Fallback repeats the text of a drawing, moveFrom text that was moved away."""
_DRAWN = {"drawing", "pict", "object"}
_BENT = {
    *("f", "rad", "sSup", "sSub", "sSubSup", "sPre", "nary", "m", "eqArr"),
    *("limLow", "limUpp", "acc", "bar", "groupChr", "func", "d"),
}
"""Parts of a formula that plain text would misread: 2 over 3 is not 23."""
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_SIGNS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as a person sees it."""

    text: str
    """Line breaks within it are newlines."""
    mark: str = ""
    """Its automatic number, ``3、`` or ``A．``."""
    shown: str = ""
    """The text with raised and lowered figures kept apart (10² and not 102)."""
    picture: bool = False
    """Holds a picture, an object, or a formula that is no plain line of text."""
    row: int = 0
    """Which table row it stands in, counted from 1; 0 outside tables. Rows of nested tables are the outer row."""
    cell: int = 0
    """Which cell of its row, counted from 1."""


def paragraphs(document: IO[bytes]) -> Iterator[str]:
    """Texts of all paragraphs of ``word/document.xml`` in order, empty ones too.

    Line breaks within a paragraph are newlines. Tables and text boxes count,
    deleted text, field codes and automatic numbering do not.

    Raises:
        xml.parsers.expat.ExpatError: broken XML.
    """
    return (paragraph.text for paragraph in full_paragraphs(document, Lists()))


def full_paragraphs(document: IO[bytes], lists: Lists) -> Iterator[Paragraph]:
    """All paragraphs of ``word/document.xml`` in order, empty ones too, numbered by *lists*.

    Raises:
        xml.parsers.expat.ExpatError: broken XML.
    """
    reader = _Reader(lists)
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    while chunk := document.read(_CHUNK):
        parser.Parse(chunk, False)
        yield from reader.take()
    parser.Parse(b"", True)
    yield from reader.take()


class _Open:
    """A paragraph being read."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.shown: list[str] = []
        self.list_id = ""
        self.level = 0
        self.picture = False


class _Reader:
    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._done: list[Paragraph] = []
        self._open: list[_Open] = []
        """A text box nests paragraphs."""
        self._in_text = False
        self._script: dict[int, int] | None = None
        self._skipping = 0
        self._drawn: list[tuple[bool, bool]] = []
        """For each drawing being read: whether an image and whether a text box was met in it."""
        self._formulas = 0
        self._tables = 0
        self._row = self._cell = 0
        self._tags: dict[str, str] = {}
        """Local name of each full name met."""

    def take(self) -> list[Paragraph]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tags.get(name) or self._tag(name)
        if self._skipping or tag in _SKIPPED:
            self._skipping += 1
        elif tag == "p":
            self._open.append(_Open())
        elif tag == "t":
            self._in_text = bool(self._open)
        elif tag == "r":
            self._script = None
        elif tag in _SIGNS and self._open:
            self._open[-1].pieces.append(_SIGNS[tag])
            self._open[-1].shown.append(_SIGNS[tag])
        elif tag in {"tbl", "tr", "tc"}:
            self._enter_table(tag)
        elif self._open:
            self._mark(tag, _value(attributes))

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        tag = self._tags[name]
        if tag == "t" or tag == "math t":
            self._in_text = False
        elif tag == "p":
            self._close(self._open.pop())
        elif tag == "tbl":
            self._tables -= 1
        elif tag == "oMath":
            self._formulas -= 1
        elif tag in _DRAWN and self._drawn:
            image, box = self._drawn.pop()
            if self._open and (image or not box):
                self._open[-1].picture = True

    def text(self, data: str) -> None:
        if self._in_text and not self._skipping:
            if not self._formulas:
                self._open[-1].pieces.append(data)
            self._open[-1].shown.append(data.translate(self._script) if self._script else data)

    def _mark(self, tag: str, value: str) -> None:
        """What an element without text of its own says about the paragraph being read."""
        paragraph = self._open[-1]
        if tag == "numId":
            paragraph.list_id = value
        elif tag == "ilvl":
            paragraph.level = int(value) if value.isdecimal() else 0
        elif tag == "vertAlign":
            self._script = {"superscript": _RAISED, "subscript": _LOWERED}.get(value)
        elif tag in _DRAWN:
            self._drawn.append((False, False))
        elif tag in {"blip", "imagedata", "OLEObject", "chart"} and self._drawn:
            self._drawn[-1] = (True, self._drawn[-1][1])
        elif tag == "txbxContent" and self._drawn:
            self._drawn[-1] = (self._drawn[-1][0], True)
        elif tag == "oMath":
            self._formulas += 1
        elif tag == "math t":
            self._in_text = True
        elif tag.startswith("math ") and tag[5:] in _BENT:
            paragraph.picture = True

    def _enter_table(self, tag: str) -> None:
        if tag == "tbl":
            self._tables += 1
        elif self._tables == 1 and tag == "tr":
            self._row, self._cell = self._row + 1, 0
        elif self._tables == 1:
            self._cell += 1

    def _close(self, paragraph: _Open) -> None:
        done = Paragraph(
            "".join(paragraph.pieces),
            self._lists.mark(paragraph.list_id, paragraph.level) if paragraph.list_id else "",
            "".join(paragraph.shown),
            paragraph.picture,
        )
        self._done.append(replace(done, row=self._row, cell=self._cell) if self._tables else done)

    def _tag(self, name: str) -> str:
        """The local name; drawings have paragraphs of their own, which are marked as foreign."""
        space, _, tag = name.rpartition(" ")
        if space.endswith("/math") and tag != "oMath":
            tag = f"math {tag}"
        elif tag in {"p", "t", "r", "tbl", "tr", "tc"} and "wordprocessingml" not in space:
            tag = f"foreign {tag}"
        self._tags[name] = tag
        return tag


def _value(attributes: dict[str, str]) -> str:
    """The ``w:val`` of an element."""
    return next((value for name, value in attributes.items() if name.endswith(" val")), "")
