"""Recognising columns by the names in a header row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.services.importing.tables.cell import SheetRow
from bot.services.importing.tables.columns import Columns
from bot.services.importing.tables.kinds import named_kind
from bot.services.importing.tables.names import Role, option_position, role_of

HEADER_WITHIN = 10
"""Rows with content among which the header is looked for."""

_SINGLE = ("answer", "kind", "explanation", "category", "difficulty", "material")


def header_roles(row: SheetRow) -> dict[int, Role]:
    """The columns of *row* whose cells are names, with what they mean; empty when it is no header.

    A header names the stem and something else, or the answer and options
    around a stem column whose name says nothing.
    """
    roles: dict[int, Role] = {column: role for column in row.filled() if (role := role_of(row.shown(column)))}
    found = set(roles.values())
    others = found - {"stem", "ignored"}
    named_stem = "stem" in found and bool(others)
    # Letters alone also stand in rows of data; the word 答案 or 选项A does not.
    bare = all(len(row.shown(column)) == 1 for column in roles)
    around_stem = "answer" in found and bool(found & {"option", "options"}) and not bare
    lone = found == {"stem"} | (found & {"ignored"}) and len(row.filled()) == len(roles) > 1
    return roles if named_stem or around_stem or lone else {}


def columns_by_header(rows: Sequence[SheetRow]) -> Columns | None:
    """The columns as the best header among the first of *rows* names them; ``None`` without a header."""
    best: dict[int, Role] = {}
    best_at = -1
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        roles = header_roles(row)
        if len(roles) > len(best):
            best, best_at = roles, at
    if not best:
        return None
    below = rows[best_at + 1 :]
    head = rows[best_at]
    names = {column: head.shown(column) for column in head.filled()}
    roles: dict[int, Role] = dict(best)
    if below and (sub := _option_names_below(head, below[0])):
        # Two header rows: 选项 over A, B, C, D.
        head, below = below[0], below[1:]
        roles = {column: role for column, role in roles.items() if role != "options"}
        for column in sub:
            roles[column] = "option"
        names |= sub
    return _assign(roles, names, head, below)


def _option_names_below(head: SheetRow, row: SheetRow) -> dict[int, str]:
    filled = row.filled()
    if len(filled) < 2 or any(option_position(row.shown(column)) is None for column in filled):
        return {}
    taken = [column for column in filled if role_of(head.shown(column)) not in (None, "options", "option")]
    return {} if taken else {column: row.shown(column) for column in filled}


def _assign(roles: dict[int, Role], names: dict[int, str], head: SheetRow, below: Sequence[SheetRow]) -> Columns | None:
    stems = [column for column, role in roles.items() if role == "stem"]
    guessed = not stems
    if guessed:
        stems = [column for column in _columns_of(below) if column not in roles]
    if not stems:
        return None
    stem = max(stems, key=lambda column: (_mean_length(below, column), -column))
    single = {
        role: min(column for column, named in roles.items() if named == role)
        for role in _SINGLE
        if role in roles.values()
    }
    _kind_or_category(single, below)
    options = _options(roles, names, below)
    joined = next((column for column, role in roles.items() if role == "options"), None) if not options else None
    if joined is not None:
        spread = _spread(joined, names, below)
        options, joined = (spread, None) if spread else (options, joined)
    elif not options and len(nameless := _nameless(stem, single.get("answer"), names, below)) > 1:
        options, guessed = nameless, True
    used = {stem, *single.values(), *(column for column in options if column is not None), joined}
    fields: dict[str, Any] = dict(single)
    return Columns(
        stem,
        options,
        joined,
        unused=tuple(column for column in sorted({*names, *_columns_of(below)}) if column not in used),
        header=head.number,
        guessed=guessed,
        header_texts=tuple(cell.shown for cell in head.cells),
        **fields,
    )


def _kind_or_category(single: dict[str, int], below: Sequence[SheetRow]) -> None:
    """类型 may hold areas of knowledge, 类别 question kinds: the content decides."""
    kind, category = single.get("kind"), single.get("category")
    if category is not None and kind is None and _kinds_share(below, category) >= 0.6:
        single["kind"] = single.pop("category")
    elif kind is not None and _texts(below, kind) and _kinds_share(below, kind) == 0:
        del single["kind"]
        if category is None:
            single["category"] = kind


def _options(roles: dict[int, Role], names: dict[int, str], below: Sequence[SheetRow]) -> tuple[int | None, ...]:
    at: dict[int, int] = {}
    for column, role in roles.items():
        position = option_position(names[column]) if role == "option" else None
        if position is not None:
            at.setdefault(position, column)
    if not at or (set(at) == {0} and not _texts(below, at[0])):
        return ()
    return tuple(at.get(position) for position in range(max(at) + 1))


def _spread(joined: int, names: dict[int, str], below: Sequence[SheetRow]) -> tuple[int | None, ...]:
    """The columns under one merged 选项: nameless ones with content right of it."""
    columns = [joined]
    content = _columns_of(below)
    while columns[-1] + 1 in content and columns[-1] + 1 not in names:
        columns.append(columns[-1] + 1)
    return tuple(columns) if len(columns) > 1 else ()


def _nameless(
    stem: int, answer: int | None, names: dict[int, str], below: Sequence[SheetRow]
) -> tuple[int | None, ...]:
    """Columns with content but no name between stem and answer."""
    content = _columns_of(below)
    return tuple(column for column in range(stem + 1, answer or 0) if column in content and column not in names)


def _columns_of(rows: Sequence[SheetRow]) -> set[int]:
    return {column for row in rows for column in row.filled()}


def _texts(rows: Sequence[SheetRow], column: int) -> list[str]:
    return [text for row in rows if (text := row.shown(column))]


def _mean_length(rows: Sequence[SheetRow], column: int) -> float:
    texts = _texts(rows, column)
    return sum(map(len, texts)) / len(texts) if texts else 0.0


def _kinds_share(rows: Sequence[SheetRow], column: int) -> float:
    texts = _texts(rows, column)
    return sum(named_kind(text) is not None for text in texts) / len(texts) if texts else 0.0
