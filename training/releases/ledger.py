"""What the keeper writes down: each step of an exchange is one transaction, so that the table is true after any end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from store import releases, rounds
from store.db import Sessions
from store.models import Release, now
from training.rounds.patience import surely

T = TypeVar("T")
MOST_ATTEMPTS = 3
ROLLED_BACK = "有人要换回上一个"


class Ledger:
    """Waits for a database that is away: what serves goes on serving meanwhile."""

    def __init__(self, sessions: Sessions, stop: asyncio.Event) -> None:
        self._sessions = sessions
        self._stop = stop

    async def asked(self) -> Release | None:
        """What somebody wants to serve, and nobody has begun with."""
        return await self.surely(lambda session: _first(session, "asked"))

    async def ask(self, values: dict[str, Any]) -> Release:
        """Want a release; what was wanted before and not begun is withdrawn."""

        return await self.surely(lambda session: releases.want(session, values))

    async def rescue(self, reason: str, *, failed: int | None = None, leaves: int | None = None) -> Release | None:
        """Want the model that served well before; ``None`` when there is none.

        *failed* is a release that did not come to serve, *leaves* one that served and has to go, both for *reason*.
        """

        async def work(session: AsyncSession) -> Release | None:
            moment = now()
            if failed is not None:
                await releases.change(
                    session, failed, ("asked", "starting"), status="failed", problem=reason, ended_at=moment
                )
            serving = await releases.current(session)
            if (serving is not None and leaves is None) or await _first(session, "asked"):
                return None  # somebody serves, or is to
            last = await releases.last_served(session)
            # The one that made way for what failed, else what was before the one that has to go.
            good = last if leaves is None else last and await releases.before(session, last)
            if good is None or good.problem:
                return None
            if leaves is not None:
                # Only now: one that there is nothing to go back from must not be barred for later.
                await releases.change(session, leaves, ("serving", "draining", "ended"), problem=reason)
            wanted = {"kind": "rescue", **releases.same_model(good), "checks": {"because": reason}}
            return await releases.want(session, wanted)

        return await self.surely(work)

    async def begin(self, number: int, *, name: str, url: str, beside: bool, chat_format: str) -> None:
        """The release is being started. Unless *beside*, the one that it is to replace takes no more questions."""

        async def work(session: AsyncSession) -> None:
            serving = await releases.current(session)
            last = serving or await releases.last_served(session)
            moment = now()
            row = await releases.get(session, number)
            attempts = row.attempts + 1 if row else 1
            await releases.change(
                session,
                number,
                ("asked",),
                status="starting",
                name=name,
                url=url,
                beside=beside,
                chat_format=chat_format,
                replaces=last.id if last else None,
                attempts=attempts,
                started_at=moment,
            )
            if not beside and serving is not None:
                await releases.change(session, serving.id, ("serving",), status="draining", serving_until=moment)

        await self.surely(work)

    async def switch(self, number: int, *, watch_s: float, checks: dict[str, Any]) -> None:
        """From now on the release serves."""

        async def work(session: AsyncSession) -> None:
            until = now() + timedelta(seconds=watch_s) if watch_s else None
            await releases.switch(session, number, watched_until=until, checks=checks)
            row = await releases.get(session, number)
            if row is not None and row.kind == "rollback" and row.replaces is not None:
                left = await releases.get(session, row.replaces)
                if left is not None:
                    left.problem = left.problem or ROLLED_BACK
            if row is not None and row.round_id is not None:
                trained = await rounds.get(session, row.round_id)
                if trained is not None:
                    trained.promoted_at = row.serving_from

        await self.surely(work)

    async def answering(self, number: int, answers: bool) -> None:
        """The server of the release is up, or is being started anew."""
        await self.surely(lambda session: releases.change(session, number, ("serving",), answering=answers))

    async def end(self, number: int, *, problem: str = "") -> None:
        """The server of the release is gone; *problem* why it had to go, when it had to."""
        moment = now()

        async def work(session: AsyncSession) -> None:
            row = await releases.get(session, number)
            if row is None or row.status not in ("serving", "draining"):
                return
            row.status, row.ended_at = "ended", moment
            row.serving_until = row.serving_until or moment
            row.problem = row.problem or problem

        await self.surely(work)

    async def interrupted(self) -> list[Release]:
        """What a keeper before us left undone is put in order; rows that are said to serve or to drain.

        One that was being started is asked for again, until it was tried :data:`MOST_ATTEMPTS` times.
        """

        async def work(session: AsyncSession) -> list[Release]:
            waiting = await _first(session, "asked")
            for row in await releases.of_status(session, "starting"):
                if waiting is not None:
                    row.status, row.ended_at = "withdrawn", now()
                elif row.attempts >= MOST_ATTEMPTS:
                    row.status, row.ended_at = "failed", now()
                    row.problem = f"启动了 {row.attempts} 次，每次都中断了，不再试。"
                else:
                    row.status = "asked"
            await session.flush()
            return list(await releases.of_status(session, "serving", "draining"))

        return await self.surely(work)

    async def gone_since(self, row: Release) -> None:
        """*row* was said to serve, but its server is gone: it ended when its keeper was last alive."""

        async def work(session: AsyncSession) -> None:
            last = await releases.last_beat(session)
            seen = max(filter(None, (last, row.serving_from)), default=None) or now()
            await releases.change(
                session,
                row.id,
                ("serving", "draining"),
                status="ended",
                ended_at=seen,
                serving_until=row.serving_until or seen,
            )

        await self.surely(work)

    async def last_served(self) -> Release | None:
        return await self.surely(releases.last_served)

    async def get(self, number: int) -> Release | None:
        return await self.surely(lambda session: releases.get(session, number))

    async def note(self, number: int, checks: dict[str, Any]) -> None:
        """Keep *checks* beside those that are known of the release."""

        async def work(session: AsyncSession) -> None:
            row = await releases.get(session, number)
            if row is not None:
                row.checks = {**row.checks, **checks}

        await self.surely(work)

    async def figures(self, row: Release) -> releases.Figures:
        """How *row* has done since it serves, or did while it served."""
        since = row.serving_from or now()
        return await self.surely(lambda session: releases.figures(session, since, row.serving_until))

    async def beat(self, name: str, *, left: bool = False) -> None:
        async with self._sessions.begin() as session:
            await releases.beat(session, name, left=left)

    async def surely(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """*work* in a transaction of its own, however long the database is away; not any more at the end."""
        return await surely(self._sessions, work, stop=self._stop, limit_s=float("inf"))


async def _first(session: AsyncSession, status: str) -> Release | None:
    return next(iter(await releases.of_status(session, status)), None)
