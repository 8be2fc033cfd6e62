"""Which model serves, which is to serve, and how it does. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import rounds
from store.db import alone
from store.models import Ask, Correction, Rating, Release, ServingHost, now

SILENT_FOR = timedelta(seconds=30)
"""After so long without a sign of life the keeper is taken for dead."""
UNDER_WAY = ("asked", "starting")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What whoever asks a model needs to know."""

    serving: Release | None
    changing: bool
    """None answers just now, but one soon will: what is asked waits."""
    kept: bool
    """Somebody looks after the model, and will say so when it is away."""
    lent: bool
    """A training has the GPU of the machine that serves: the model is away until it is over."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a model did over some time."""

    answers: int = 0
    failures: int = 0
    """Questions for the model that got no answer."""
    bad: int = 0
    """Answers that somebody voted down or corrected."""
    median_s: float | None = None
    """From receipt to answer."""

    @property
    def asked(self) -> int:
        return self.answers + self.failures


async def outlook(session: AsyncSession) -> Outlook:
    rows = await session.scalars(
        select(Release).where(Release.status.in_(("serving", *UNDER_WAY))).execution_options(populate_existing=True)
    )
    found = {row.status: row for row in rows}
    serving = found.get("serving")
    host = await keeper(session)
    kept = host is not None
    away = bool(found) if serving is None else not serving.answering
    lent = host is not None and host.host in await rounds.lending(session)
    return Outlook(serving, away and kept, kept, lent)


async def keeper(session: AsyncSession) -> ServingHost | None:
    """The machine that serves at present; ``None`` when there is none or it is silent."""
    return await session.scalar(
        select(ServingHost)
        .where(ServingHost.left.is_(False), ServingHost.seen_at > now() - SILENT_FOR)
        .order_by(ServingHost.seen_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


async def beat(session: AsyncSession, name: str, *, left: bool = False) -> None:
    """Say that the keeper *name* lives, or that it ends in good order."""
    await session.merge(ServingHost(name=name, seen_at=now(), left=left))
    await session.flush()


async def last_beat(session: AsyncSession) -> datetime | None:
    """When any keeper was last alive."""
    return await session.scalar(select(func.max(ServingHost.seen_at)))


async def add(session: AsyncSession, values: Mapping[str, Any]) -> Release:
    """A new row."""
    row = Release(**values)
    session.add(row)
    await session.flush()
    return row


async def get(session: AsyncSession, number: int) -> Release | None:
    return await session.get(Release, number, populate_existing=True)


async def of_status(session: AsyncSession, *statuses: str) -> Sequence[Release]:
    """Rows of these statuses, oldest first."""
    rows = await session.scalars(
        select(Release)
        .where(Release.status.in_(statuses))
        .order_by(Release.id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


def same_model(row: Release) -> dict[str, Any]:
    """What another release of the model of *row* has in common with it."""
    return {"round_id": row.round_id, "model": row.model, "chat_format": row.chat_format}


async def current(session: AsyncSession) -> Release | None:
    return next(iter(await of_status(session, "serving")), None)


async def latest(session: AsyncSession, most: int) -> Sequence[Release]:
    """The newest *most* rows, newest first."""
    return (await session.scalars(select(Release).order_by(Release.id.desc()).limit(most))).all()


async def last_served(session: AsyncSession) -> Release | None:
    """The one that served last, or still does."""
    return await session.scalar(
        select(Release).where(Release.serving_from.is_not(None)).order_by(Release.serving_from.desc()).limit(1)
    )


async def before(session: AsyncSession, row: Release) -> Release | None:
    """The newest release of another model that served before *row* and did not have to go."""
    return await session.scalar(
        select(Release)
        .where(
            Release.id < row.id,
            Release.serving_from.is_not(None),
            Release.model != row.model,
            Release.problem == "",
        )
        .order_by(Release.id.desc())
        .limit(1)
    )


async def change(session: AsyncSession, number: int, was: Sequence[str], **values: Any) -> bool:
    """Set *values* of a row whose status still is one of *was*; whether it was."""
    changed = await session.execute(
        update(Release).where(Release.id == number, Release.status.in_(was)).values(**values).returning(Release.id)
    )
    return changed.scalar_one_or_none() is not None


async def want(session: AsyncSession, values: Mapping[str, Any]) -> Release:
    """A new release that is asked for; what was asked for before and not begun is withdrawn."""
    await alone(session)
    await session.execute(update(Release).where(Release.status == "asked").values(status="withdrawn", ended_at=now()))
    return await add(session, {"status": "asked", **values})


async def switch(session: AsyncSession, number: int, **values: Any) -> None:
    """Let the starting release serve and the serving one finish what it was asked: for everybody at one moment."""
    moment = now()
    await session.execute(
        update(Release).where(Release.status == "serving").values(status="draining", serving_until=moment)
    )
    await session.execute(
        update(Release).where(Release.id == number).values(status="serving", serving_from=moment, **values)
    )


async def untold(session: AsyncSession) -> Sequence[Release]:
    """Those that began to serve, or could not, and whom superusers have not heard of; oldest first."""
    rows = await session.scalars(
        select(Release)
        .where(or_(Release.serving_from.is_not(None), Release.status == "failed"), Release.told == "")
        .order_by(Release.id)
    )
    return rows.all()


async def tell(session: AsyncSession, row: Release) -> bool:
    """Whether it is the caller who tells of *row*: nobody else will."""
    told = "failed" if row.status == "failed" else "serving"
    mine = await session.execute(
        update(Release).where(Release.id == row.id, Release.told == "").values(told=told).returning(Release.id)
    )
    return mine.scalar_one_or_none() is not None


async def figures(session: AsyncSession, since: datetime, until: datetime | None = None) -> Figures:
    """How the model did with what was asked between *since* and *until*."""
    source = Ask.passport["source"].as_string()
    within = [Ask.received_at >= since, *([Ask.received_at < until] if until else [])]
    answered = [*within, Ask.state == "answered", source == "model"]
    failures = await session.scalar(
        select(func.count()).select_from(Ask).where(*within, Ask.state == "failed", Ask.reason.startswith("model_"))
    )
    voted = select(Rating.ask_id).where(Rating.value < 0)
    corrected = select(Correction.ask_id).where(Correction.ask_id.is_not(None))
    bad = await session.scalar(
        select(func.count()).select_from(Ask).where(*answered, Ask.id.in_(voted.union(corrected)))
    )
    times = sorted(
        float(one)
        for one in await session.scalars(
            select(Ask.passport["took_ms"].as_float()).where(*answered).order_by(Ask.id.desc()).limit(2000)
        )
        if one is not None
    )
    answers = await session.scalar(select(func.count()).select_from(Ask).where(*answered))
    return Figures(
        answers=answers or 0,
        failures=failures or 0,
        bad=bad or 0,
        median_s=times[len(times) // 2] / 1000 if times else None,
    )
