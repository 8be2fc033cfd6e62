"""Exchanges as rows: what came in, what became of it, and how a batch of them is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.models import Ask, ChatGroup, Member, now

State = Literal["answered", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Received:
    """A question as it came in."""

    id: int
    account: str
    group_id: str | None
    member_id: str
    member_name: str
    message_id: str
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a question."""

    id: int
    state: State
    reason: str
    reply: str
    passport: Mapping[str, Any] | None
    question_id: int | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """The platform's receipt for a reply."""

    id: int
    reply_message_id: str | None
    delivered_at: datetime


def row_of(record: Received | Settled | Delivered) -> dict[str, Any]:
    """Column values of *record*, fit for any database."""
    # dataclasses.asdict copies every value deeply, ten times as slow.
    row = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: _storable(value) if isinstance(value, str) else value for name, value in row.items()}


def _storable(text: str) -> str:
    """*text* without what chat may carry and databases refuse: NUL, halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


NOT_SETTLED: dict[str, Any] = {
    "state": "received",
    "reason": "",
    "reply": "",
    "passport": None,
    "question_id": None,
    "answered_at": None,
}


def _table(model: type[Ask | Member | ChatGroup]) -> Table[Any]:
    return cast("Table[Any]", model.__table__)


_ask = _table(Ask)
_INSERT = insert(_ask)
_SETTLE = (
    update(_ask)
    .where(_ask.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in NOT_SETTLED})
)
_DELIVER = (
    update(_ask)
    .where(_ask.c.id == bindparam("row_id"))
    .values(reply_message_id=bindparam("new_reply_message_id"), delivered_at=bindparam("new_delivered_at"))
)


def _as_update(row: dict[str, Any]) -> dict[str, Any]:
    return {"row_id": row["id"], **{f"new_{name}": value for name, value in row.items() if name != "id"}}


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows by exchange, and the members and groups they name."""

    received: dict[int, dict[str, Any]]
    settled: dict[int, dict[str, Any]]
    delivered: dict[int, dict[str, Any]]
    people: dict[str, str]
    groups: set[str]

    def ids(self) -> set[int]:
        return self.received.keys() | self.settled.keys() | self.delivered.keys()

    def without(self, known: Collection[str]) -> Batch:
        """The same rows, and those members and groups only that are not *known* to have a row."""
        people = {member: name for member, name in self.people.items() if member not in known}
        return replace(self, people=people, groups={group for group in self.groups if group not in known})

    def one_by_one(self) -> Iterator[Batch]:
        """The same rows, an exchange at a time, oldest first."""
        for i in sorted(self.ids()):
            received, settled, delivered = (
                {i: rows[i]} if i in rows else {} for rows in (self.received, self.settled, self.delivered)
            )
            yield Batch(received, settled, delivered, self.people, self.groups)

    async def write(self, connection: AsyncConnection) -> None:
        await _add_missing(connection, _table(Member), [{"id": i, "name": n} for i, n in self.people.items()])
        await _add_missing(connection, _table(ChatGroup), [{"id": i} for i in self.groups])
        if self.received:
            await connection.execute(_INSERT, list(self.received.values()))
        if self.settled:
            await connection.execute(_SETTLE, [_as_update(row) for row in self.settled.values()])
        if self.delivered:
            await connection.execute(_DELIVER, [_as_update(row) for row in self.delivered.values()])


async def _add_missing(connection: AsyncConnection, table: Table[Any], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    stamped = [{**row, "created_at": now()} for row in rows]
    await connection.execute(dialect.insert(table).on_conflict_do_nothing(), stamped)


async def mark_interrupted(engine: AsyncEngine, *, before: datetime) -> int:
    """Settle exchanges that a killed process left ``received`` since before *before*; how many."""
    statement = (
        update(_ask)
        .where(_ask.c.state == "received", _ask.c.received_at < before)
        .values(state="interrupted", reason="process_ended")
    )
    async with engine.begin() as connection:
        return (await connection.execute(statement)).rowcount
