"""A database with one row in every table, for tests of what names members."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Float, LargeBinary, Numeric, String, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from store import personal
from store.models import Base, UtcDateTime


def known() -> set[str]:
    return {f"{kept.name}.{column}" for kept in personal.KEPT for column in kept.named}


async def fill(session: AsyncSession, member: str, number: int) -> None:
    """One row in every table, each naming *member* wherever a member can be named."""
    # The lane of a game is a member only where it plays alone: then the game is its own, and goes as a whole.
    named, personal_tables = known() - {"member.id", "quiz.lane"}, {kept.name for kept in personal.KEPT}
    made: dict[str, Any] = {"bank_version.id": 1}
    for table in Base.metadata.sorted_tables:
        if table.name == "bank_version":
            continue
        row: dict[str, Any] = {}
        for column in table.columns:
            path = f"{table.name}.{column.name}"
            keys = [key.target_fullname for key in column.foreign_keys]
            if path == "member.id":
                row["id"] = member
            elif (
                (column.name == "group_id" and not keys) or column.name == "is_group"
            ) and f"{table.name}.lane" in named:
                # The lane is the member's own.
                row[column.name] = None if column.name == "group_id" else False
            elif path in named:
                row[column.name] = [member] if isinstance(column.type, JSON) else member
            elif keys:
                row[column.name] = made[keys[0]]
            else:
                private = table.name in personal_tables and column.name in ("name", "member_name")
                row[column.name] = value_of(column, f"{member}的" if private else "", number)
        await session.execute(insert(table).values(row))
        made |= {f"{table.name}.{name}": value for name, value in row.items()}


def value_of(column: Column[Any], private: str, number: int) -> Any:
    match column.type:
        case UtcDateTime():
            return datetime(2026, 11, number, tzinfo=UTC)
        case Date():
            return date(2026, 11, number)
        case JSON():
            return {}
        case LargeBinary():
            return b""
        case Boolean():
            return True
        case Float() | Numeric():
            return 1.0
        case String(length=length):
            return f"{private}{number}"[-(length or 99) :]
        case _:
            return number


async def everything(session: AsyncSession) -> dict[str, str]:
    """All rows of every table, as text."""
    return {
        table.name: json.dumps([list(row) for row in await session.execute(select(table))], default=str)
        for table in Base.metadata.sorted_tables
    }


def mentions(tables: Iterable[tuple[str, str]], member: str) -> set[str]:
    return {name for name, text in tables if member in text}
