"""Exchanges on their way into the database, many to a transaction.

One commit a message would cost more than the rest of the bot together, so
messages that arrive while a commit runs share the next one. A caller that
awaits :meth:`Journal.settled` goes on only when its exchange is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Self

from loguru import logger
from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.models import Ask, ChatGroup, Member, now

State = Literal["answered", "refused", "failed"]

_RETRY_S = (0.05, 0.3, 1.0)
_KNOWN_LIMIT = 50_000


class StoreUnavailable(Exception):
    """The database refused to take an exchange, repeatedly; try again later."""


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


class Journal:
    """Writes exchanges in the order received, settled, delivered."""

    def __init__(self, engine: AsyncEngine, *, linger_s: float) -> None:
        self._engine = engine
        self._linger_s = linger_s
        self._received: dict[int, dict[str, Any]] = {}
        self._settled: dict[int, dict[str, Any]] = {}
        self._delivered: dict[int, dict[str, Any]] = {}
        self._people: dict[str, str] = {}
        self._groups: set[str] = set()
        self._known: set[str] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._urgent = asyncio.Event()
        self._work = asyncio.Event()
        self._closing = False
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._run(), name="journal")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what is left, then stop."""
        self._closing = True
        self._wake(urgent=True)
        if self._writer:
            await self._writer

    def received(self, ask: Received) -> None:
        """Queue a new exchange; it is written at once, in the background."""
        row = _row(ask)
        name = row.pop("member_name")
        self._received[ask.id] = {**_EMPTY, **row}
        if ask.member_id not in self._known:
            self._people[ask.member_id] = name[:128]
        if ask.group_id and ask.group_id not in self._known:
            self._groups.add(ask.group_id)
        self._wake(urgent=True)

    async def settled(self, outcome: Settled) -> None:
        """Store the outcome; returns when it is committed.

        Raises:
            StoreUnavailable: the database failed repeatedly.
        """
        self.abandoned(outcome)
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        await done

    def abandoned(self, outcome: Settled) -> None:
        """Queue an outcome that nobody waits for."""
        row = _row(outcome)
        # Not written yet: one insert does for both.
        if (waiting := self._received.get(outcome.id)) is not None:
            waiting.update(row)
        else:
            self._settled[outcome.id] = row
        self._wake(urgent=True)

    def delivered(self, receipt: Delivered) -> None:
        """Queue the receipt; it waits up to the linger time for company."""
        self._delivered[receipt.id] = _row(receipt)
        self._wake(urgent=False)

    async def flush(self) -> None:
        """Return when everything queued so far is committed."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._wake(urgent=True)
        await done

    def _wake(self, *, urgent: bool) -> None:
        self._work.set()
        if urgent:
            self._urgent.set()

    async def _run(self) -> None:
        while not (self._closing and not self._pending()):
            await self._work.wait()
            if not self._urgent.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._urgent.wait(), self._linger_s)
            self._work.clear()
            self._urgent.clear()
            await self._flush_once()
            if self._closing:
                self._wake(urgent=True)

    def _pending(self) -> bool:
        return bool(self._received or self._settled or self._delivered or self._waiting)

    async def _flush_once(self) -> None:
        batch = _Batch(
            list(self._received.values()),
            list(self._settled.values()),
            list(self._delivered.values()),
            self._people,
            self._groups,
        )
        waiting, self._waiting = self._waiting, []
        self._received, self._settled, self._delivered = {}, {}, {}
        self._people, self._groups = {}, set()
        error = await self._write(batch)
        for done in waiting:
            if not done.done():
                done.set_exception(StoreUnavailable(str(error))) if error else done.set_result(None)

    async def _write(self, batch: _Batch) -> Exception | None:
        if batch.empty:
            return None
        for pause in (*_RETRY_S, None):
            try:
                async with self._engine.begin() as connection:
                    await batch.write(connection)
            except (DBAPIError, OSError) as error:
                if pause is None:
                    logger.error("journal: {} exchanges could not be stored: {}", len(batch), type(error).__name__)
                    return error
                await asyncio.sleep(pause)
            else:
                if len(self._known) > _KNOWN_LIMIT:
                    self._known.clear()
                self._known |= batch.people.keys() | batch.groups
                return None
        return None  # unreachable: the last round returns


def _row(record: Received | Settled | Delivered) -> dict[str, Any]:
    # dataclasses.asdict copies every value deeply, ten times as slow.
    return {field.name: getattr(record, field.name) for field in fields(record)}


_EMPTY: dict[str, Any] = {
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
    update(_ask).where(_ask.c.id == bindparam("row_id")).values({name: bindparam(f"new_{name}") for name in _EMPTY})
)
_DELIVER = (
    update(_ask)
    .where(_ask.c.id == bindparam("row_id"))
    .values(reply_message_id=bindparam("new_reply_message_id"), delivered_at=bindparam("new_delivered_at"))
)


def _as_update(row: dict[str, Any]) -> dict[str, Any]:
    return {"row_id": row["id"], **{f"new_{name}": value for name, value in row.items() if name != "id"}}


@dataclass(frozen=True, slots=True)
class _Batch:
    received: list[dict[str, Any]]
    settled: list[dict[str, Any]]
    delivered: list[dict[str, Any]]
    people: dict[str, str]
    groups: set[str]

    def __len__(self) -> int:
        return len(self.received) + len(self.settled) + len(self.delivered)

    @property
    def empty(self) -> bool:
        return len(self) == 0

    async def write(self, connection: AsyncConnection) -> None:
        await _add_missing(connection, _table(Member), [{"id": i, "name": n} for i, n in self.people.items()])
        await _add_missing(connection, _table(ChatGroup), [{"id": i} for i in self.groups])
        if self.received:
            await connection.execute(_INSERT, self.received)
        if self.settled:
            await connection.execute(_SETTLE, [_as_update(row) for row in self.settled])
        if self.delivered:
            await connection.execute(_DELIVER, [_as_update(row) for row in self.delivered])


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
