"""Which column of an edited worksheet holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.importing.rows import UnreadableFile
from bot.services.importing.tables import Role, SheetRow, header_roles, option_position
from bot.services.importing.tables.cell import column_name
from bot.services.worksheets import names

HEADER_WITHIN = 10
"""Rows with content among which the header is looked for."""
_STANDARD: dict[Role, str] = {
    "stem": names.STEM,
    "answer": names.ANSWER,
    "kind": names.KIND,
    "explanation": names.EXPLANATION,
    "material": names.MATERIAL,
}


@dataclass(frozen=True, slots=True)
class Header:
    """Columns counted from 0; ``None`` where the sheet has no such column."""

    row: int
    """Its number."""
    texts: tuple[str, ...]
    stem: int
    answer: int
    kind: int | None
    explanation: int | None
    material: int | None
    options: dict[int, int]
    """Column by the position of its option, 0 for A."""
    number: int | None

    def name(self, column: int) -> str:
        """What stands over *column*."""
        return self.texts[column] if column < len(self.texts) else ""

    def label(self, column: int, name: str = "") -> str:
        """The column for people: ``答案（H 列）``; *name* where nothing stands over it."""
        return f"{self.name(column) or name or '没有名字'}（{column_name(column)} 列）"

    @property
    def used(self) -> frozenset[int]:
        """The columns that a data set is made of."""
        single = (self.stem, self.answer, self.kind, self.explanation, self.material)
        return frozenset([*(at for at in single if at is not None), *self.options.values()])

    def is_unknown(self, column: int) -> bool:
        """Whether *column* is neither used nor known to be for people."""
        return column not in self.used and self.name(column) not in names.FOR_PEOPLE

    def is_header(self, row: SheetRow) -> bool:
        """Whether *row* is the header or repeats it."""
        return row.number == self.row or tuple(cell.shown for cell in row.cells) == self.texts


def header_of(rows: Sequence[SheetRow], title: str) -> Header | None:
    """The header among *rows*, the first ones of the sheet *title*; ``None`` without one.

    Raises:
        UnreadableFile: two columns could be the same thing, or all options are in one.
    """
    for row in rows:
        roles = header_roles(row)
        if "stem" in roles.values() and "answer" in roles.values():
            return _header(row, roles, title)
    return None


def _header(row: SheetRow, roles: dict[int, Role], title: str) -> Header:
    texts = tuple(cell.shown for cell in row.cells)
    single = {role: _only(role, roles, texts, title) for role in _STANDARD}
    options: dict[int, int] = {}
    for column, role in roles.items():
        at = option_position(texts[column]) if role == "option" else None
        if at is not None and options.setdefault(at, column) != column:
            raise UnreadableFile(f"工作表“{title}”有两列都叫“{texts[column]}”，请删掉一列或改名")
    if not options and "options" in roles.values():
        raise UnreadableFile(f"工作表“{title}”的选项都在一列里；请分成 选项A、选项B……，或先用 gongkao dataset split")
    stem, answer = single["stem"], single["answer"]
    assert stem is not None
    assert answer is not None
    return Header(
        row.number,
        texts,
        stem,
        answer,
        single["kind"],
        single["explanation"],
        single["material"],
        options,
        next((at for at, text in enumerate(texts) if text == names.NUMBER), None),
    )


def _only(role: Role, roles: dict[int, Role], texts: Sequence[str], title: str) -> int | None:
    columns = [column for column, found in roles.items() if found == role]
    exact = [column for column in columns if texts[column] == _STANDARD[role]]
    if len(columns) > 1 and len(exact) != 1:
        shown = "、".join(texts[column] for column in columns)
        raise UnreadableFile(f"工作表“{title}”的表头里，{shown} 都像是{_STANDARD[role]}，请只留一列")
    return (exact or columns or [None])[0]
