"""Word documents: exam papers, and the original project's ``题干：->答案`` lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from zipfile import ZipFile

from bot.services.importing.docx_numbers import Lists
from bot.services.importing.docx_tables import table_sheet
from bot.services.importing.docx_text import Paragraph, full_paragraphs
from bot.services.importing.package import open_package
from bot.services.importing.paper_lines import paper_lines
from bot.services.importing.papers import Line, read_either
from bot.services.importing.papers.arrows import mostly_arrows, rows_of
from bot.services.importing.rows import Item
from bot.services.importing.tables.sheet import read_sheets

__all__ = ["docx_lines", "read_docx", "rows_of"]

_SAMPLE = 2000
"""Paragraphs that tell which of the two layouts a document has."""


def read_docx(path: Path, key: Path | None = None) -> Iterator[Item]:
    """The rows of the document, in order; *key* is a file with the keys of its questions.

    Raises:
        UnreadableFile: no questions in it; see also :func:`bot.services.importing.package.open_package`.
    """
    with open_package(path) as package:
        lists = _lists(package)
        with package.open("word/document.xml") as document:
            found = full_paragraphs(document, lists)
            head = list(islice(found, _SAMPLE))
            if mostly_arrows(paragraph.text for paragraph in head):
                yield from rows_of(paragraph.text for paragraph in chain(head, found))
                return
            paragraphs = [*head, *found]
    if key is None and (sheet := table_sheet(paragraphs)):
        yield from read_sheets([sheet])
        return
    texts = [paragraph.text for paragraph in paragraphs]
    yield from read_either(texts, list(_lines(paragraphs)), paper_lines(key) if key else None)


def docx_lines(path: Path) -> list[Line]:
    """The lines of the document: one a table row, one a line of a paragraph.

    Raises:
        UnreadableFile: see :func:`bot.services.importing.package.open_package`.
    """
    with open_package(path) as package:
        lists = _lists(package)
        with package.open("word/document.xml") as document:
            return list(_lines(full_paragraphs(document, lists)))


def _lists(package: ZipFile) -> Lists:
    if "word/numbering.xml" not in package.namelist():
        return Lists()
    with package.open("word/numbering.xml") as numbering:
        return Lists(numbering)


def _lines(paragraphs: Iterable[Paragraph]) -> Iterator[Line]:
    """Lines with the numbers that :func:`rows_of` gives them; cells of a row stand on one, a tab between them."""
    number = 1
    for row, group in groupby(paragraphs, key=lambda paragraph: paragraph.row):
        together = list(group)
        if row:
            cells = [list(cell) for _, cell in groupby(together, key=lambda paragraph: paragraph.cell)]
            text = "\t".join("\n".join(_shown(paragraph) for paragraph in cell) for cell in cells)
            picture = any(paragraph.picture for paragraph in together)
            yield from (Line(number, part, picture) for part in text.split("\n"))
            number += sum(paragraph.text.count("\n") + 1 for paragraph in together)
            continue
        for paragraph in together:
            for offset, part in enumerate(_shown(paragraph).split("\n")):
                # A picture in a paragraph of several lines may stand on any of them.
                yield Line(number + offset, part, paragraph.picture)
            number += paragraph.text.count("\n") + 1


def _shown(paragraph: Paragraph) -> str:
    """The text with the automatic number that Word puts before it."""
    return paragraph.mark + paragraph.shown if paragraph.mark and paragraph.shown.strip() else paragraph.shown
