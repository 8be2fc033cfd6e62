"""The process that serves: exactly one model, whatever happens to servers, database or itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from inference.serving.server import Event
from inference.serving.turns import PLACE, GpuTurn
from paper.releases.words import named
from store.models import Release, now
from store.releases import same_model
from training.releases.challengers import EXCHANGED, STOPPED, Challengers
from training.releases.errors import NothingServes
from training.releases.exchange import Exchange
from training.releases.ledger import Ledger
from training.releases.machine import Machine
from training.releases.places import Places
from training.releases.served import Served
from training.releases.watching import judged

POLL_S = 0.5
_BEAT_S = 5.0
_WATCH_S = 5.0
_AWAY = ("ended", "hung", "stalled", "never_ready")


class Keeper:
    """Follows the release table until :meth:`stop`."""

    def __init__(
        self, ledger: Ledger, machine: Machine, places: Places, stopping: asyncio.Event, *, tell: Callable[[str], None]
    ) -> None:
        """*tell* hears sentences for the person at the screen; *stopping* is the one that *ledger* knows."""
        self._ledger = ledger
        self.machine = machine
        self._places = places
        self._stopping = stopping
        self._tell = tell
        self._turn = GpuTurn(machine.home / PLACE)
        self._challengers = Challengers(ledger, machine, places, self._turn, tell=tell)
        self._served: Served | None = None
        self._looked = 0.0
        self._noting: asyncio.Task[None] | None = None
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    def stop(self) -> None:
        """End :meth:`run`; safe in a signal handler."""
        self._stopping.set()

    async def run(self, first: dict[str, Any] | None = None) -> None:
        """Serve *first*, or what served last, or what is asked for, until :meth:`stop`.

        Raises:
            NothingServes: the model ends again and again, and there is no other.
        """
        beating = asyncio.create_task(self._beat())
        try:
            await self._recover(first)
            while not self._stopping.is_set():
                try:
                    await self._once()
                except (SQLAlchemyError, OSError) as error:
                    if not self._stopping.is_set():
                        raise
                    logger.warning("the database is away at the end: {}", type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), POLL_S)
        finally:
            beating.cancel()
            await self._leave()

    async def _once(self) -> None:
        row = await self._ledger.asked()
        if row is not None:
            await self._until_stopped(self._exchange(row))
            return
        await self._challengers.look(self._served)
        if self._served is not None and (reason := self._served.gave_up):
            await self._given_up(self._served, reason)
        elif self._served is not None and time.monotonic() - self._looked > _WATCH_S:
            self._looked = time.monotonic()
            await self._watch(self._served)

    async def _exchange(self, row: Release) -> None:
        # It has the memory and the port.
        await self._challengers.make_way(EXCHANGED)
        exchange = Exchange(self._ledger, self.machine, self._places, self._turn, self._heard, self._tell)
        self._served = await exchange.run(row, self._served)
        if self._served is None and await self._ledger.asked() is None:
            raise NothingServes("没有模型在服务，也没有能换回去的。" + ((await self._problem(row.id)) or ""))

    async def _problem(self, number: int) -> str:
        row = await self._ledger.get(number)
        return row.problem if row else ""

    async def _given_up(self, served: Served, reason: str) -> None:
        self._served = None
        await served.end()
        problem = f"一再退出：{reason}"
        await self._ledger.end(served.number, problem=problem)
        back = await self._ledger.rescue(problem, leaves=served.number)
        if back is None:
            tail = "\n".join(served.log.tail) or "（没有输出）"
            raise NothingServes(
                f"模型服务{problem}。没有能换回去的模型。最后的日志：\n\n{tail}\n\n完整日志：{served.log.path}"
            )
        self._tell(f"模型服务{problem}。换回{named(back)}。")

    async def _watch(self, served: Served) -> None:
        """Roll back what does badly; only what a person promoted is watched, so that nothing goes back and forth."""
        row = await self._ledger.get(served.number)
        if row is None or row.watched_until is None or row.problem:
            return
        over = row.watched_until < now()
        if over and "watch" in row.checks:
            return
        new = await self._ledger.figures(row)
        old_row = await self._ledger.get(row.replaces) if row.replaces else None
        alone = row.serving_from is None or not self._challengers.stood_since(row.serving_from)
        old = await self._ledger.figures(old_row) if alone and old_row and old_row.serving_from else None
        reason = judged(new, old, self.machine.config.watch)
        found = {"answers": new.answers, "failures": new.failures, "bad": new.bad, "median_s": new.median_s}
        if reason and not over:
            back = await self._ledger.rescue(f"上线以后变差：{reason}", leaves=row.id)
            await self._ledger.note(row.id, {"watch": found})
            if back is not None:
                self._tell(f"{named(row, '上线以后变差')}：{reason}。换回{named(back)}。")
        elif over:
            await self._ledger.note(row.id, {"watch": found})

    async def _recover(self, first: dict[str, Any] | None) -> None:
        """Take over what a keeper before us left: at most one model serves afterwards, and the table says which."""
        await self._challengers.recover()
        rows = {row.id: row for row in await self._ledger.interrupted()}
        running = self.machine.running()
        for number, process in running.items():
            if number not in rows:
                logger.warning("a server of release {} was left running and is stopped", number)
                await process.end(self.machine.patience.stop_grace_s)
        for number, row in rows.items():
            process = running.get(number)
            if row.status == "serving" and process is not None:
                self._served = self._places.found(row, process, self._turn, self._heard)
                self._tell(f"{named(row, '还在服务')}，接着看护它：{row.url}")
            elif row.status == "draining" and process is not None:
                await process.end(self.machine.patience.stop_grace_s)
                await self._ledger.end(number)
            else:
                await self._ledger.gone_since(row)
        if first is not None and not (self._served and self._served.model == Path(first["model"])):
            await self._ledger.ask(first)
        elif self._served is None and await self._ledger.asked() is None:
            await self._restart()

    async def _restart(self) -> None:
        last = await self._ledger.last_served()
        if last is None:
            self._tell("还没有模型上线过。发 /发布 轮次，或者运行 gongkao serve 模型文件夹。")
            return
        if last.problem and (good := await self._ledger.rescue(last.problem, leaves=last.id)):
            self._tell(f"上次的模型{last.problem}，换回{named(good)}。")
            return
        await self._ledger.ask({"kind": "restart", **same_model(last)})

    async def _beat(self) -> None:
        while True:
            with contextlib.suppress(SQLAlchemyError, OSError):
                await self._ledger.beat(self.name)
            await asyncio.sleep(_BEAT_S)

    async def _leave(self) -> None:
        served, self._served = self._served, None
        with contextlib.suppress(SQLAlchemyError, OSError):
            await self._challengers.make_way(STOPPED)
        if served is not None:
            await served.end()
            if self._noting is not None:
                await asyncio.wait({self._noting})
            with contextlib.suppress(SQLAlchemyError, OSError):
                await self._ledger.end(served.number)
        with contextlib.suppress(SQLAlchemyError, OSError):
            await self._ledger.beat(self.name, left=True)
            # What was asked for before everybody knew that.
            await self._challengers.make_way(STOPPED)

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        doing = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not doing.done():
                doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing

    async def _note(self, before: asyncio.Task[None] | None, release: int, answers: bool) -> None:
        if before is not None:
            await asyncio.wait({before})
        with contextlib.suppress(SQLAlchemyError, OSError):
            # Only at the end, when the row ends as well: before that the ledger waits for the database.
            await self._ledger.answering(release, answers)

    def _heard(self, release: int, event: Event) -> None:
        if event.kind in _AWAY or event.kind == "ready":
            # In order: a server that is back before its end was written down must not stay away.
            before = self._noting
            self._noting = asyncio.create_task(self._note(before, release, event.kind == "ready"))
        if sentence := self._places.in_words(release, event):
            self._tell(sentence)
