"""Exchanges on their way into the database, many to a transaction.

One commit a message would cost more than the rest of the bot together, so
messages that arrive while a commit runs share the next one. A caller that
awaits :meth:`Journal.settled` goes on only when its exchange is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

from loguru import logger
from sqlalchemy.ext.asyncio import AsyncEngine

from store.exchanges import NOT_SETTLED, Batch, Delivered, Received, Settled, row_of

_RETRY_S = (0.05, 0.3, 1.0)
_RECEIVED_WITHIN_S = 0.003
_KNOWN_LIMIT = 50_000


class StoreUnavailable(Exception):
    """The database refused to take an exchange, repeatedly; try again later."""


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
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
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
        """Queue a new exchange; it is written in the background within a few milliseconds.

        A bank hit is settled sooner than that, and then needs one insert only.
        """
        row = row_of(ask)
        name = row.pop("member_name")
        self._received[ask.id] = {**NOT_SETTLED, **row}
        self._people[ask.member_id] = name[:128]
        if ask.group_id:
            self._groups.add(ask.group_id)
        self._work.set()
        asyncio.get_running_loop().call_later(_RECEIVED_WITHIN_S, self._urgent.set)

    async def settled(self, outcome: Settled) -> None:
        """Store the outcome; returns when it is committed.

        Raises:
            StoreUnavailable: the database failed repeatedly.
        """
        self.abandoned(outcome)
        await self._committed(outcome.id)

    def abandoned(self, outcome: Settled) -> None:
        """Queue an outcome that nobody waits for."""
        row = row_of(outcome)
        # Not written yet: one insert does for both.
        if (waiting := self._received.get(outcome.id)) is not None:
            waiting.update(row)
        else:
            self._settled[outcome.id] = row
        self._wake(urgent=True)

    def delivered(self, receipt: Delivered) -> None:
        """Queue the receipt; it waits up to the linger time for company."""
        self._delivered[receipt.id] = row_of(receipt)
        self._wake(urgent=False)

    async def flush(self) -> None:
        """Return when everything queued so far is committed, or could not be."""
        await self._committed(0)

    async def _committed(self, ask_id: int) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask_id, done))
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
        batch = Batch(self._received, self._settled, self._delivered, self._people, self._groups)
        waiting, self._waiting = self._waiting, []
        self._received, self._settled, self._delivered = {}, {}, {}
        self._people, self._groups = {}, set()
        failed = await self._write(batch)
        for ask_id, done in waiting:
            if not done.done():
                error = failed.get(ask_id)
                done.set_exception(StoreUnavailable(type(error).__name__)) if error else done.set_result(None)

    async def _write(self, batch: Batch) -> dict[int, Exception]:
        """Commit *batch*; the exchanges that could not be stored, with the reason."""
        error: Exception | None = None
        trial = batch.without(self._known)
        for pause in (0.0, *_RETRY_S):
            await asyncio.sleep(pause)
            if (error := await self._try(trial)) is None:
                return {}
            # Somebody known may have been forgotten since, by whatever process.
            trial = batch
        assert error is not None
        failed: dict[int, Exception] = {}
        # One exchange that the database refuses must not take the others with it.
        for part in batch.one_by_one():
            if (error := await self._try(part)) is not None:
                failed.update(dict.fromkeys(part.ids(), error))
        if failed:
            logger.error("{} exchanges could not be stored: {}", len(failed), type(error).__name__)
        return failed

    async def _try(self, batch: Batch) -> Exception | None:
        if not batch.ids():
            return None
        try:
            async with self._engine.begin() as connection:
                await batch.write(connection)
        except Exception as error:  # noqa: BLE001  the writer must outlive whatever a driver raises
            return error
        if len(self._known) > _KNOWN_LIMIT:
            self._known.clear()
        self._known |= batch.people.keys() | batch.groups
        return None
