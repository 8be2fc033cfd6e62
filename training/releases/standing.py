"""One challenger: started beside the serving model, tried, and watched until it has to go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from inference.serving.inspection import Report
from inference.serving.process import Launch
from inference.serving.server import Event
from inference.serving.turns import GpuTurn
from paper.releases.words import named
from store.models import Challenger
from training.releases.errors import NotFit
from training.releases.machine import Machine, Room
from training.releases.places import Places
from training.releases.roster import Roster
from training.releases.served import Served
from training.releases.smoke import trials, warm_and_try

LENT = "显卡让给训练了。"
GRACE_S = 2.0
"""For a server to end by itself: nobody waits long for a challenger's answer."""
_BROKE = "出了意外，经过在 data/logs/keeper-events.log。"

T = TypeVar("T")


class _HasToGo(Exception):
    """Somebody does not want it any more, or a training wants its GPU."""


class Standing:
    """Comes, stands and goes by itself; what breaks here is written down and logged, never raised."""

    def __init__(
        self,
        row: Challenger,
        taken: int,
        roster: Roster,
        machine: Machine,
        places: Places,
        turn: GpuTurn,
        tell: Callable[[str], None],
    ) -> None:
        """*taken* is the port of the model that serves."""
        self.number = row.id
        self._row = row
        self._taken = taken
        self._roster = roster
        self._machine = machine
        self._places = places
        self._turn = turn
        self._tell = tell
        self._served: Served | None = None
        self._opened = False
        self._lent = turn.wanted()
        self._leaving = asyncio.Event()
        if self._lent:
            self._leaving.set()
        self._task = asyncio.create_task(self._live())

    @property
    def up(self) -> bool:
        """It answers."""
        return self._opened and self._served is not None and self._served.up

    @property
    def over(self) -> bool:
        """No process of it is left."""
        return self._task.done()

    def leave(self) -> None:
        """Begin to go."""
        self._leaving.set()

    async def gone(self) -> None:
        """Until it is :attr:`over`."""
        await asyncio.wait({self._task})

    async def _live(self) -> None:
        try:
            await self._until_it_goes()
        except Exception:  # noqa: BLE001 - whatever broke, the other model serves on
            logger.exception("challenger {} broke", self.number)
            with contextlib.suppress(SQLAlchemyError, OSError):
                await self._roster.end(self.number, _BROKE, failed=True)

    async def _until_it_goes(self) -> None:
        try:
            await self._stand()
        except _HasToGo:
            if self._lent:
                await self._roster.end(self.number, LENT)
            self._tell(f"{named(self._row, '撤下了')}，不再对比。{LENT if self._lent else ''}")
        except NotFit as error:
            await self._roster.end(self.number, str(error), failed=True)
            self._tell(f"{named(self._row, '不能对比')}：{error}")

    async def _stand(self) -> None:
        report, port, room = await self._unless_leaving(asyncio.to_thread(self._looked_at))
        name = self._places.name_of(self._row)
        url = self._machine.url(port)
        if not await self._roster.begin(self.number, name=name, url=url, chat_format=report.family or ""):
            raise _HasToGo
        self._tell(f"正在旁边启动{named(self._row)}，现在的模型照常回答。")
        mark = self._places.mark_of(self._row)
        launch = self._machine.launch(report.folder, name, port, mark, room.cache_share)
        self._served = served = Served(
            self.number,
            report.folder,
            launch,
            self._machine.log(name),
            port,
            patience=replace(self._machine.patience, stop_grace_s=GRACE_S),
            turn=self._turn,
            tell=self._heard,
        )
        try:
            await self._unless_leaving(_tried(served, launch, report.family or ""))
            if not await self._roster.open(self.number):
                raise _HasToGo
            self._opened = True
            self._tell(f"{named(self._row, '在旁边起来了')}，可以对比：{url}")
            reason = await self._unless_leaving(served.over())
            raise NotFit(f"一再退出：{reason}。日志在 {served.log.path}。")
        finally:
            await served.end()
            self._machine.remove_scratch(name)

    def _looked_at(self) -> tuple[Report, int, Room]:
        report = self._machine.check(self._places.model_of(self._row))
        port = self._machine.free_port(self._taken)
        room = self._machine.room(report, serving=True)
        if not room.beside:
            kind = "内存" if self._machine.config.engine == "transformers" else "显存"
            raise NotFit(f"{kind}放不下两个模型，没法对比。")
        return report, port, room

    async def _unless_leaving(self, work: Coroutine[Any, Any, T]) -> T:
        doing, leaving = asyncio.create_task(work), asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            doing.cancel()
            await asyncio.wait({doing})
        if self._leaving.is_set():
            raise _HasToGo from (None if doing.cancelled() else doing.exception())
        return doing.result()

    def _heard(self, event: Event) -> None:
        if event.kind == "paused":
            self._lent = True
            self._leaving.set()


async def _tried(served: Served, launch: Launch, chat_format: str) -> None:
    """It answers; how well is what people are to find out."""
    await served.come_up()
    await warm_and_try(launch, trials(None, 0), percent=0, with_format=chat_format)
