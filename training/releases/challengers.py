"""Who stands beside the serving model: at most one, and never in the way of what serves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from loguru import logger

from inference.serving.turns import GpuTurn
from store.models import Challenger, now
from training.releases.comparing import NOTHING_SERVES
from training.releases.ledger import Ledger
from training.releases.machine import Machine
from training.releases.places import Places
from training.releases.roster import Roster
from training.releases.served import Served
from training.releases.standing import GRACE_S, Standing

EXCHANGED = "要换模型，先撤下了。"
STOPPED = "gongkao serve 停下了。"
RESTARTED = "看护进程重启了。"
TROUBLE = "正在服务的模型出了问题，先撤下了。"


class Challengers:
    """Follows the table; the keeper lets it look every turn, and nothing here takes the keeper's time."""

    def __init__(
        self, ledger: Ledger, machine: Machine, places: Places, turn: GpuTurn, *, tell: Callable[[str], None]
    ) -> None:
        """*tell* hears sentences for the person at the screen."""
        self._roster = Roster(ledger)
        self._machine = machine
        self._places = places
        self._turn = turn
        self._tell = tell
        self._one: Standing | None = None
        self._last: datetime | None = None
        """When one was seen answering."""

    def stood_since(self, moment: datetime) -> bool:
        """Whether one answered after *moment*: what serves was slower then, and is not to blame."""
        return self._last is not None and self._last > moment

    async def recover(self) -> None:
        """End what a keeper before us left: rows and processes."""
        left = await self._roster.live()
        await self._roster.dismiss(RESTARTED)
        for number, process in self._machine.challenging().items():
            logger.warning("the server of challenger {} was left running and is stopped", number)
            await process.end(GRACE_S)
        if left is not None and left.name:
            self._machine.remove_scratch(left.name)

    async def look(self, served: Served | None) -> None:
        """Do as the table says now, beside *served*."""
        if self._one is not None and self._one.over:
            self._one = None
        if self._one is not None and self._one.up:
            self._last = now()
        row = await self._roster.live()
        if self._one is not None and (row is None or row.id != self._one.number):
            # The next one has to wait for its port.
            self._one.leave()
        elif row is None:
            return
        elif row.status == "open" and row.until <= now():
            await self._roster.expire(row.id)
        elif self._one is not None:
            # Its memory may be what a server lacks that does not come up again.
            if served is not None and served.ends > int(self._one.up):
                await self._roster.end(row.id, TROUBLE)
        elif row.status == "asked":
            await self._begin(row, served)

    async def _begin(self, row: Challenger, served: Served | None) -> None:
        if served is None or served.gave_up:
            await self._roster.end(row.id, NOTHING_SERVES, failed=True)
        # While the other one comes up, what it leaves free cannot be told.
        elif served.up or self._turn.wanted():
            self._one = Standing(
                row, served.port, self._roster, self._machine, self._places, self._turn, tell=self._tell
            )

    async def make_way(self, problem: str) -> None:
        """End whatever is live, for *problem*; no process of it is left afterwards."""
        if self._one is not None:
            self._one.leave()
        try:
            await self._roster.dismiss(problem)
        finally:
            if self._one is not None:
                await self._one.gone()
