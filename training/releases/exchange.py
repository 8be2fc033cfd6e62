"""One model takes the place of another: started, tried, switched to, and the old one sent home."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from loguru import logger

from inference.serving.inspection import Report
from inference.serving.server import Event
from inference.serving.turns import GpuTurn
from paper.releases.words import named
from store.models import Release
from training.releases.errors import NotFit
from training.releases.ledger import Ledger
from training.releases.machine import Machine, Room
from training.releases.places import Places
from training.releases.served import Served
from training.releases.smoke import trials, warm_and_try

HEARD_S = 3.0
"""By then every bot knows of a switch: they look once a second."""
_LOOK_S = 0.5


class Exchange:
    """With room for two the old model serves until the new one is ready; else it makes way first, and may come back."""

    def __init__(
        self,
        ledger: Ledger,
        machine: Machine,
        places: Places,
        turn: GpuTurn,
        heard: Callable[[int, Event], None],
        tell: Callable[[str], None],
    ) -> None:
        self._ledger = ledger
        self._machine = machine
        self._places = places
        self._turn = turn
        self._heard = heard
        self._tell = tell

    async def run(self, row: Release, old: Served | None) -> Served | None:
        """What serves afterwards; ``None`` when nothing does, which may have to be rescued.

        Cancelled, *old* serves on if it still could.
        """
        model = self._places.model_of(row)
        title = named(row)
        try:
            report = await asyncio.to_thread(self._machine.check, model, alone=old is None)
            port = self._machine.free_port(old.port if old else None)
        except NotFit as error:
            return await self._failed(row, error, old)
        for warning in report.warnings:
            self._tell(warning)
        room = await asyncio.to_thread(self._machine.room, report, serving=old is not None)
        beside = room.beside or old is None
        self._tell(
            f"正在启动{title}。"
            if old is None
            else f"正在启动{title}，{'现在的模型照常回答' if beside else '显存放不下两个，先停下现在的模型'}。"
        )
        name = self._places.name_of(row)
        await self._ledger.begin(
            row.id, name=name, url=self._machine.url(port), beside=beside, chat_format=report.family or ""
        )
        if old is not None and not beside:
            await self._send_home(old)
            old = None
            room = await asyncio.to_thread(self._machine.room, report, serving=False)
        return await self._come(row, report, name, port, room, old)

    async def _come(
        self, row: Release, report: Report, name: str, port: int, room: Room, old: Served | None
    ) -> Served | None:
        model = report.folder
        launch = self._machine.launch(model, name, port, self._places.mark_of(row), room.cache_share)
        new = Served(
            row.id,
            model,
            launch,
            self._machine.log(name),
            port,
            patience=self._machine.patience,
            turn=self._turn,
            tell=lambda event: self._heard(row.id, event),
        )
        try:
            await new.come_up()
            config = self._machine.config
            asked = trials(self._places.replies_of(row), config.smoke)
            checks = await warm_and_try(launch, asked, percent=config.smoke_percent, with_format=report.family or "")
        except NotFit as error:
            await new.end()
            return await self._failed(row, error, old)
        except BaseException:
            # Stopped while it was coming: begun again the next time.
            await new.end()
            raise
        watched = row.kind in ("promote", "folder")
        await self._ledger.switch(
            row.id,
            watch_s=config.watch.window_s if watched else 0,
            checks={**row.checks, "smoke": checks, "calibration": self._places.calibration_of(row)},
        )
        self._places.point(model)
        self._tell(f"{named(row, '上线了')}：{self._machine.url(port)}")
        if old is not None:
            await self._send_home(old)
        return new

    async def _send_home(self, old: Served) -> None:
        """Let *old* finish what it was asked, up to the limit, and stop it."""
        began = time.monotonic()
        limit_s = self._machine.config.drain_s
        await asyncio.sleep(min(HEARD_S, limit_s))
        while time.monotonic() - began < limit_s:
            if self._machine.connections(old.port) == 0:
                break
            await asyncio.sleep(_LOOK_S)
        else:
            logger.warning("release {} did not finish within {} s", old.number, limit_s)
        await old.end()
        await self._ledger.end(old.number)
        self._machine.remove_scratch(old.launch.model)

    async def _failed(self, row: Release, error: NotFit, old: Served | None) -> Served | None:
        back = await self._ledger.rescue(str(error), failed=row.id)
        then = f"换回{named(back)}。" if back else ("现在的模型没有动。" if old else "")
        self._tell(f"{named(row, '没有上线')}：{error}{then}")
        return old
