"""The text layer of PDF files."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from bot.services.importing.paper_lines import paper_lines
from bot.services.importing.papers import Line, marks, options, read_either
from bot.services.importing.papers.arrows import mostly_arrows, rows_of
from bot.services.importing.papers.broken import rejoined
from bot.services.importing.papers.facts import ASKS
from bot.services.importing.pdf_pictures import Picture, pictures, repeated
from bot.services.importing.rows import Item, UnreadableFile

MAX_PAGES = 2000
MAX_SECONDS = 120.0
MAX_CONTENT = 8 * 1024 * 1024
"""Bytes of drawing instructions on a page; a full page of text has 100,000."""
_LEAST = 4
"""Characters a page has on average in a file with a text layer."""
_EDGE = 2
"""Lines at the top and the bottom of a page among which headers and footers are."""
_PAGE_NUMBER = re.compile(
    r"\s*[-—–·]?\s*(?:第\s*)?\d{1,4}\s*(?:页)?\s*(?:[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?\s*[-—–·]?\s*"
)
_DIGITS = re.compile(r"\d+")


def read_pdf(path: Path, key: Path | None = None) -> Iterator[Item]:
    """The rows of the file's text, in order; *key* is a file with the keys of its questions.

    Row numbers count the lines of text over all pages.

    Raises:
        UnreadableFile: encrypted, damaged, without text, too long, or no questions in it.
    """
    lines = pdf_lines(path)
    texts = [line.text for line in lines]
    if mostly_arrows(texts):
        yield from rows_of(texts)
    else:
        yield from read_either(texts, lines, paper_lines(key) if key else None)


def pdf_lines(path: Path) -> list[Line]:
    """The lines of all pages without headers, footers and page numbers, broken lines put together.

    Raises:
        UnreadableFile: encrypted, damaged, without text, or too long.
    """
    pages = _pages(path)
    common = repeated([page.pictures for page in pages])
    lines: list[Line] = []
    for page, dropped in zip(pages, _edges([page.lines for page in pages]), strict=True):
        places = {round(picture.above * len(page.lines)) for picture in page.pictures if picture.name not in common}
        for at, text in enumerate([*page.lines, ""]):
            if at in places:
                lines.append(Line(0, "", has_picture=True))
            if text and at not in dropped:
                lines.append(Line(0, text))
    if sum(len(line.text.strip()) for line in lines) < _LEAST * max(len(pages), 1):
        raise UnreadableFile("这个 PDF 里没有文字，像是扫描件；请发图片或转成文字再导入")
    return rejoined(lines)


@dataclass(frozen=True, slots=True)
class _Page:
    lines: list[str]
    """As laid out, blank ones left out."""
    pictures: list[Picture]


def _pages(path: Path) -> list[_Page]:
    until = time.monotonic() + MAX_SECONDS
    pages: list[_Page] = []
    try:
        with PdfReader(path, strict=False) as reader:
            _check(reader)
            for page in reader.pages:
                _check_time(until)
                lines = [line for line in _text(page).split("\n") if line.strip()]
                pages.append(_Page(lines, pictures(page) if lines else []))
    except UnreadableFile:
        raise
    except (PyPdfError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        # pypdf meets damage with many kinds of errors, its own and Python's.
        raise UnreadableFile("这个 PDF 不完整或已损坏，请重新下载或另存一份再导入") from error
    except (ArithmeticError, RecursionError, NotImplementedError, AssertionError, MemoryError) as error:
        raise UnreadableFile("这个 PDF 读不了，请转成 docx 或 txt 再导入") from error
    return pages


def _check(reader: PdfReader) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableFile("这个 PDF 加了密，请先去掉密码再导入")
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableFile(f"这个 PDF 超过 {MAX_PAGES} 页，请拆开再导入")


def _check_time(until: float) -> None:
    if time.monotonic() > until:
        raise UnreadableFile("这个 PDF 太复杂，读得太久，请转成 docx 或 txt 再导入")


def _text(page: PageObject) -> str:
    contents = page.get_contents()
    if contents is None:
        return ""
    if len(contents.get_data()) > MAX_CONTENT:
        raise UnreadableFile("这个 PDF 有一页内容太多，请转成 docx 或 txt 再导入")
    return page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)


def _edges(pages: Sequence[list[str]]) -> list[set[int]]:
    """Indices of each page's lines that stand at the top or bottom of most pages, and of its page number."""
    shapes = Counter(shape for page in pages for shape in {_shape(page[at]) for at in _edge(page)})
    repeated_shapes = {shape for shape, times in shapes.items() if times > max(len(pages) / 2, 2)}
    return [
        {
            at
            for at in _edge(page)
            if (_shape(page[at]) in repeated_shapes and not _asked(page[at]))
            or (at in {0, len(page) - 1} and _PAGE_NUMBER.fullmatch(page[at]))
        }
        for page in pages
    ]


def _asked(line: str) -> bool:
    """Whether the line is part of a question: A. 正确 may well end most pages."""
    return bool(options.begins(line) or marks.at_key(line) or ASKS.search(line))


def _edge(page: Sequence[str]) -> set[int]:
    """Indices of the lines near the top and the bottom."""
    return {at for at in range(len(page)) if at < _EDGE or at >= len(page) - _EDGE}


def _shape(line: str) -> str:
    """The line but for its figures and gaps: page numbers differ from page to page."""
    return _DIGITS.sub("#", "".join(line.split()))
