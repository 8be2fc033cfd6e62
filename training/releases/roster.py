"""What the keeper writes down of challengers; whoever dismissed one meanwhile has the last word."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from store import arena
from store.db import alone
from store.models import Challenger, now
from training.releases.ledger import Ledger


class Roster:
    """Waits for a database that is away, as the :class:`Ledger` does."""

    def __init__(self, ledger: Ledger) -> None:
        self._surely = ledger.surely

    async def live(self) -> Challenger | None:
        """The challenger that is asked for, is being started or answers."""
        return await self._surely(arena.live)

    async def begin(self, number: int, *, name: str, url: str, chat_format: str) -> bool:
        """It is being started; whether it still is to be."""
        return await self._surely(
            lambda session: arena.change(
                session, number, ("asked",), status="starting", name=name, url=url, chat_format=chat_format
            )
        )

    async def open(self, number: int) -> bool:
        """It answers, and its time begins; whether it still is to answer."""

        async def work(session: AsyncSession) -> bool:
            await alone(session)
            row = await arena.get(session, number)
            if row is None:
                return False
            moment = now()
            # A start takes as long as loading does, which nobody meant when they said for how long.
            until = row.until + (moment - row.asked_at)
            return await arena.change(session, number, ("starting",), status="open", open_from=moment, until=until)

        return await self._surely(work)

    async def expire(self, number: int) -> None:
        """End it if its time is up, which somebody may just have given it more of."""

        async def work(session: AsyncSession) -> None:
            await alone(session)
            row = await arena.get(session, number)
            if row is not None and row.until <= now():
                await arena.change(session, number, ("open",), status="ended", ended_at=now())

        await self._surely(work)

    async def end(self, number: int, problem: str, *, failed: bool = False) -> None:
        """It is gone, for *problem*; *failed* when that was its own."""
        status = "failed" if failed else "ended"
        await self._surely(
            lambda session: arena.change(session, number, arena.LIVE, status=status, ended_at=now(), problem=problem)
        )

    async def dismiss(self, problem: str) -> None:
        """End whatever is live, for *problem*."""

        async def work(session: AsyncSession) -> None:
            await alone(session)
            await arena.dismiss(session, problem)

        await self._surely(work)
