"""The lines of a Word document, streamed: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.parsers.expat import ParserCreate

_CHUNK = 1 << 16
_SKIPPED = {"Fallback", "moveFrom"}
"""Fallback repeats the text of a drawing, moveFrom text that was moved away."""


def paragraphs(document: IO[bytes]) -> Iterator[str]:
    """Texts of all paragraphs of ``word/document.xml`` in order, empty ones too.

    Line breaks within a paragraph are newlines. Tables and text boxes count,
    deleted text, field codes and automatic numbering do not.

    Raises:
        xml.parsers.expat.ExpatError: broken XML.
    """
    reader = _Reader()
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


class _Reader:
    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[list[str]] = []
        """Pieces of the paragraphs being read; a text box nests them."""
        self._in_text = False
        self._skipping = 0

    def take(self) -> list[str]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag in _SKIPPED or self._skipping:
            self._skipping += 1
        elif tag == "p" and "wordprocessingml" in name:
            self._open.append([])
        elif not self._open:
            return
        elif tag == "t":
            self._in_text = True
        elif tag in {"br", "cr"}:
            self._open[-1].append("\n")
        elif tag == "tab" or tag == "ptab":
            self._open[-1].append("\t")
        elif tag == "noBreakHyphen":
            self._open[-1].append("-")

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        tag = name.rpartition(" ")[2]
        if tag == "t":
            self._in_text = False
        elif tag == "p" and "wordprocessingml" in name:
            self._done.append("".join(self._open.pop()))

    def text(self, data: str) -> None:
        if self._in_text and not self._skipping:
            self._open[-1].append(data)
