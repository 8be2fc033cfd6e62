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


_SIGNS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}


class _Reader:
    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[list[str]] = []
        """Pieces of the paragraphs being read; a text box nests them."""
        self._in_text = False
        self._skipping = 0
        self._tags: dict[str, str] = {}
        """Local name of each full name met."""

    def take(self) -> list[str]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        tag = self._tags.get(name) or self._tag(name)
        if self._skipping or tag in _SKIPPED:
            self._skipping += 1
        elif tag == "p":
            self._open.append([])
        elif tag == "t":
            self._in_text = bool(self._open)
        elif tag in _SIGNS and self._open:
            self._open[-1].append(_SIGNS[tag])

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        tag = self._tags[name]
        if tag == "t":
            self._in_text = False
        elif tag == "p":
            self._done.append("".join(self._open.pop()))

    def text(self, data: str) -> None:
        if self._in_text and not self._skipping:
            self._open[-1].append(data)

    def _tag(self, name: str) -> str:
        """The local name; drawings have paragraphs of their own, which are marked as foreign."""
        space, _, tag = name.rpartition(" ")
        if tag in {"p", "t"} and "wordprocessingml" not in space:
            tag = f"foreign {tag}"
        self._tags[name] = tag
        return tag
