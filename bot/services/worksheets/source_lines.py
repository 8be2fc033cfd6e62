"""The lines of a question file, to show whole what its reader only quotes, and what it left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bot.services.importing.docx_numbers import Lists
from bot.services.importing.docx_text import full_paragraphs
from bot.services.importing.package import open_package
from bot.services.importing.paper_lines import paper_lines
from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row
from bot.services.importing.texts import tidy
from bot.services.worksheets.edited_book import opened
from store.wording import normal_form

_BY_LINES = {".docx", ".pdf", ".txt", ".md"}
_PAPER = "按试卷读"
"""How the layout of a paper begins; tables count rows instead of lines."""
_COVERED = 0.6
"""Share of a line's pairs of characters that have to be in a question for the line to be part of it."""
_LABEL = re.compile(
    r"\s*(?:\d{1,4}\s*[、.．]\s*)?(?:[【\[][^】\]]{1,8}[】\]]|(?:正确|参考|标准|本题)?(?:答案|解析|点评|拓展|考点)(?=[:：\s]|$))\s*[:：]?\s*"
)
"""What stands before a key or an explanation."""
_KEY = re.compile(r"[\sA-H、,，对错正确误√×]{0,20}[。.]?")
_BETWEEN_OPTIONS = re.compile(r"(?:^|(?<=[\s（(]))[A-Ha-hＡ-Ｈ]\s{0,2}[.．、:：)）]\s*|\s{2,}|\t")
_VERDICTS = "正确错误对错√×"
_ONLY_PICTURE = "（只有图片）"
_LONGEST = 8000
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A piece of the file outside the questions."""

    number: int
    sheet: str
    text: str
    """As the file has it."""
    reason: str
    """Chinese; why it is no question, empty for a title or the like."""
    whole: bool
    """Else only the beginning of the piece is there."""


def lines_of(path: Path, items: Sequence[Item]) -> dict[int, str]:
    """The lines with something on them, by the numbers that *items* count with.

    Empty for files that are not read by lines: tables and JSON.

    Raises:
        UnreadableFile: see :func:`bot.services.importing.paper_lines.paper_lines`.
    """
    if path.suffix.lower() not in _BY_LINES or _is_table(items):
        return {}
    lines: dict[int, str] = {}
    for line in paper_lines(path):
        text = tidy(line.text) or (_ONLY_PICTURE if line.has_picture else "")
        if text:
            lines[line.number] = f"{lines[line.number]}\n{text}" if line.number in lines else text
    return lines


def _is_table(items: Sequence[Item]) -> bool:
    return any(isinstance(item, Layout) and not item.text.startswith(_PAPER) for item in items)


def beside_tables(path: Path, items: Sequence[Item]) -> list[Quoted]:
    """What stands around the tables of a Word file that is read as a table, with numbers among its rows.

    Raises:
        UnreadableFile: see :func:`bot.services.importing.package.open_package`.
    """
    if path.suffix.lower() != ".docx" or not _is_table(items):
        return []
    with open_package(path) as package, package.open("word/document.xml") as document:
        groups = [(row, list(group)) for row, group in groupby(full_paragraphs(document, Lists()), lambda one: one.row)]
    texts = [
        (number, "\n".join(text for one in group if (text := tidy(one.shown))))
        for number, (row, group) in enumerate(groups, 1)
        if not row
    ]
    return [_quoted(number, "", "", "", text) for number, text in texts if text]


def made_whole(pieces: Sequence[Quoted], path: Path) -> list[Quoted]:
    """*pieces* of an Excel file with all that their rows hold; those of other tables stay as they are.

    Raises:
        UnreadableFile: see :func:`bot.services.worksheets.edited_book.opened`.
    """
    wanted = {(piece.sheet, piece.number) for piece in pieces if not piece.whole}
    if not wanted or path.suffix.lower() not in (".xlsx", ".xlsm"):
        return list(pieces)
    rows: dict[tuple[str, int], str] = {}
    with opened(path) as sheets:
        for sheet in sheets:
            for row in sheet.rows():
                # Readers name the sheets only where more than one has something on it.
                for key in wanted & {(sheet.title, row.number), ("", row.number)} if row.cells else ():
                    rows[key] = " | ".join(text for cell in row.cells if (text := cell.shown))
    return [
        piece
        if piece.whole or (piece.sheet, piece.number) not in rows
        else _quoted(piece.number, piece.sheet, piece.text, piece.reason, rows[piece.sheet, piece.number])
        for piece in pieces
    ]


def unread(items: Sequence[Item], lines: Mapping[int, str]) -> list[Quoted]:
    """The pieces that are questions and could not be read, each up to where the next piece begins."""
    placed = [item for item in items if not isinstance(item, Layout)]
    starts = sorted({item.number for item in placed})
    following = dict(zip(starts, [*starts[1:], max(lines, default=0) + 1], strict=True)) if starts else {}
    return [
        _quoted(item.number, item.sheet, item.excerpt, item.reason, _block(lines, item.number, following[item.number]))
        for item in placed
        if isinstance(item, Rejected)
    ]


def others(items: Sequence[Item], lines: Mapping[int, str]) -> list[Quoted]:
    """The asides, and every line that is in no question and no unread piece, in the order of the file."""
    found = [
        _quoted(item.number, item.sheet, item.excerpt, "", lines.get(item.number, ""))
        for item in items
        if isinstance(item, Aside)
    ]
    found += [Quoted(number, "", lines[number], "", whole=True) for number in _left_out(items, lines)]
    return found if not lines else sorted(found, key=lambda piece: piece.number)


def _left_out(items: Sequence[Item], lines: Mapping[int, str]) -> list[int]:
    """Numbers of the lines that no item begins at and the question above does not hold."""
    placed = [item for item in items if not isinstance(item, Layout)]
    starts = {item.number for item in placed}
    explained = {
        normal_form(part)
        for item in placed
        if isinstance(item, Row) and item.explanation
        for part in item.explanation.split("\n")
    }
    left: list[int] = []
    at = -1
    for number in sorted(lines):
        while at + 1 < len(placed) and placed[at + 1].number <= number:
            at += 1
        if number in starts:
            continue
        above = placed[at] if at >= 0 else None
        # The passage that questions share stands above the first of them.
        below = placed[at + 1] if at + 1 < len(placed) else None
        if isinstance(above, Rejected) or any(
            isinstance(item, Row) and _holds(item, lines[number]) for item in (above, below)
        ):
            continue
        # Papers may give all keys and explanations at the end.
        if normal_form(_LABEL.sub("", lines[number], count=1)) not in explained:
            left.append(number)
    return left


def _holds(row: Row, line: str) -> bool:
    """Whether the question has most of *line* in it."""
    bare = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
    if bare != line and _KEY.fullmatch(bare):
        # 【答案】B, or a heading of what follows.
        return bool(row.answer) or not bare
    if line == _ONLY_PICTURE:
        return False
    forms = [form for part in _BETWEEN_OPTIONS.split(bare) if (form := normal_form(part))]
    pairs = [form[at : at + 2] for form in forms for at in range(max(1, len(form) - 1))]
    texts = (row.stem, *row.options, row.answer, row.explanation, row.material, *row.aliases, *row.also_asked)
    whole = normal_form("\n".join(texts)) + (_VERDICTS if row.kind == "judge" else "")
    return sum(pair in whole for pair in pairs) >= _COVERED * len(pairs)


def _block(lines: Mapping[int, str], start: int, end: int) -> str:
    if start not in lines:
        return ""
    return "\n".join(lines[number] for number in range(start, end) if number in lines)


def _quoted(number: int, sheet: str, excerpt: str, reason: str, text: str) -> Quoted:
    if not text:
        return Quoted(number, sheet, excerpt, reason, whole=not excerpt.endswith(_CUT))
    return Quoted(number, sheet, text[:_LONGEST], reason, whole=len(text) <= _LONGEST)
