"""Training rounds: the queue that workers take from, and what is known of each. The caller owns the transaction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, case, func, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Correction, DatasetVersion, RoundStep, TrainingRound, now

_CANCELLED = TrainingRound.cancel_asked.is_(True)
_LEFT = case((_CANCELLED, "cancelled"), else_="queued")
"""State of a round without a worker."""
UNFINISHED = ("waiting", "queued", "running")
SILENT_FOR = timedelta(seconds=60)
"""After so long without a heartbeat a round goes back to the queue."""
ENDED = ("ready", "rejected", "failed", "cancelled")


async def add(session: AsyncSession, values: Mapping[str, Any]) -> TrainingRound:
    """A new round, waiting or queued."""
    row = TrainingRound(**values)
    session.add(row)
    await session.flush()
    return row


def is_silent(row: TrainingRound) -> bool:
    """Whether the worker of a running round is dead, as far as anybody can tell."""
    return row.status == "running" and row.heartbeat_at is not None and row.heartbeat_at < now() - SILENT_FOR


async def lock(session: AsyncSession, number: int) -> TrainingRound | None:
    """The round, locked until the transaction ends; ``None`` for an unknown number."""
    held = await session.execute(
        update(TrainingRound)
        .where(TrainingRound.id == number)
        .values(note=TrainingRound.note)
        .returning(TrainingRound.id)
    )
    if held.scalar_one_or_none() is None:
        return None
    return await session.get_one(TrainingRound, number, populate_existing=True)


async def get(session: AsyncSession, number: int) -> TrainingRound | None:
    return await session.get(TrainingRound, number, populate_existing=True)


async def latest(session: AsyncSession, most: int) -> Sequence[TrainingRound]:
    """The newest *most* rounds, newest first."""
    return (await session.scalars(select(TrainingRound).order_by(TrainingRound.id.desc()).limit(most))).all()


async def shown(session: AsyncSession, number: int | None = None) -> TrainingRound | None:
    """The round of that number; without one that which runs, else one that waits, else the newest."""
    if number is not None:
        return await get(session, number)
    waiting = await unfinished(session)
    running = next((row for row in waiting if row.status == "running"), None)
    return running or next(iter((*waiting, *await latest(session, 1))), None)


async def unfinished(session: AsyncSession) -> Sequence[TrainingRound]:
    """Rounds that wait or run, oldest first."""
    rows = await session.scalars(
        select(TrainingRound).where(TrainingRound.status.in_(UNFINISHED)).order_by(TrainingRound.id)
    )
    return rows.all()


async def lending(session: AsyncSession) -> set[str]:
    """Machines whose model servers make way for a round at present."""
    rows = await session.scalars(
        select(TrainingRound).where(TrainingRound.status == "running").execution_options(populate_existing=True)
    )
    return {
        row.worker.rpartition(":")[0]
        for row in rows
        if row.worker and (row.progress or {}).get("lent") and not is_silent(row)
    }


async def claim(session: AsyncSession, *, worker: str, gpu: str) -> TrainingRound | None:
    """The oldest queued round, now run by *worker* on *gpu*; ``None`` when there is none.

    Raises:
        IntegrityError: another round runs on this GPU.
    """
    oldest = select(TrainingRound.id).where(TrainingRound.status == "queued").order_by(TrainingRound.id).limit(1)
    moment = now()
    taken = await session.execute(
        update(TrainingRound)
        # The status stands in the update as well: of two workers the second finds it changed.
        .where(TrainingRound.id == oldest.scalar_subquery(), TrainingRound.status == "queued")
        .values(
            status="running",
            worker=worker,
            gpu=gpu,
            heartbeat_at=moment,
            started_at=func.coalesce(TrainingRound.started_at, moment),
            finished_at=None,
            problem="",
        )
        .returning(TrainingRound.id)
    )
    number = taken.scalar_one_or_none()
    return None if number is None else await session.get_one(TrainingRound, number, populate_existing=True)


async def beat(
    session: AsyncSession, number: int, *, worker: str, step: str, progress: Mapping[str, Any]
) -> bool | None:
    """Say that the worker lives and how far it is.

    Whether the round is to be cancelled; ``None`` when it is not this worker's any more.
    """
    mine = await session.execute(
        update(TrainingRound)
        .where(TrainingRound.id == number, TrainingRound.worker == worker, TrainingRound.status == "running")
        .values(heartbeat_at=now(), step=step, progress=_fit(progress))
        .returning(TrainingRound.cancel_asked)
    )
    return mine.scalar_one_or_none()


async def finish_step(
    session: AsyncSession, number: int, name: str, *, seconds: float, record: Mapping[str, Any]
) -> None:
    """Keep the record of a step, in place of an earlier one."""
    await session.merge(RoundStep(round_id=number, name=name, seconds=seconds, record=_fit(record), finished_at=now()))
    await session.flush()


async def steps(session: AsyncSession, number: int) -> Sequence[RoundStep]:
    """The steps that are done, in the order they were."""
    rows = await session.scalars(
        select(RoundStep).where(RoundStep.round_id == number).order_by(RoundStep.finished_at, RoundStep.name)
    )
    return rows.all()


async def last_step(session: AsyncSession, name: str) -> dict[str, Any] | None:
    """The newest record of a step of that name, of whatever round."""
    return await session.scalar(
        select(RoundStep.record).where(RoundStep.name == name).order_by(RoundStep.finished_at.desc()).limit(1)
    )


async def finish(session: AsyncSession, number: int, *, worker: str, values: Mapping[str, Any]) -> bool:
    """End the round that *worker* runs; ``False`` when it is not this worker's any more."""
    ended = await session.execute(
        update(TrainingRound)
        .where(TrainingRound.id == number, TrainingRound.worker == worker, TrainingRound.status == "running")
        .values(finished_at=now(), cancel_asked=False, **_fit(values))
        .returning(TrainingRound.id)
    )
    return ended.scalar_one_or_none() is not None


async def requeue(session: AsyncSession, number: int, *, worker: str) -> bool:
    """Leave the round that *worker* runs to another; ``False`` when it is not this worker's any more.

    One that somebody wants cancelled is cancelled.
    """
    left = await session.execute(
        update(TrainingRound)
        .where(TrainingRound.id == number, TrainingRound.worker == worker, TrainingRound.status == "running")
        .values(status=_LEFT, finished_at=_when_left(), worker=None, gpu=None, cancel_asked=False)
        .returning(TrainingRound.id)
    )
    return left.scalar_one_or_none() is not None


async def give_back(session: AsyncSession, *, silent_for: timedelta) -> list[int]:
    """Queue again what a worker was running that has been silent for so long; the numbers."""
    moment = now()
    rows = await session.execute(
        update(TrainingRound)
        .where(TrainingRound.status == "running", TrainingRound.heartbeat_at < moment - silent_for)
        .values(status=_LEFT, finished_at=_when_left(), worker=None, gpu=None, cancel_asked=False)
        .returning(TrainingRound.id)
    )
    return sorted(rows.scalars())


async def untold(session: AsyncSession, accounts: Sequence[str]) -> Sequence[TrainingRound]:
    """Rounds whose end the chat that asked for them has not heard of."""
    rows = await session.scalars(
        select(TrainingRound)
        .where(
            TrainingRound.account.in_(accounts),
            TrainingRound.status.in_(ENDED),
            TrainingRound.told != TrainingRound.status,
        )
        .order_by(TrainingRound.id)
    )
    return rows.all()


async def approved_since_last_round(session: AsyncSession) -> int:
    """Corrections accepted since the set was built that the last finished round learnt from."""
    learnt = (
        select(func.max(DatasetVersion.built_at))
        .join(TrainingRound, TrainingRound.dataset == DatasetVersion.name)
        .where(TrainingRound.status.in_(("ready", "rejected")))
        .scalar_subquery()
    )
    settled = func.coalesce(Correction.settled_at, Correction.created_at)
    statement = select(func.count()).select_from(Correction).where(Correction.status == "accepted")
    return await session.scalar(statement.where(or_(learnt.is_(None), settled > learnt))) or 0


def _when_left() -> ColumnElement[datetime | None]:
    return case((_CANCELLED, literal(now(), TrainingRound.finished_at.type)), else_=null())


def _fit(value: Mapping[str, Any]) -> dict[str, Any]:
    """*value* without what a database refuses: numbers that are none, the zero character, halves of characters."""
    return {name: _fitting(one) for name, one in value.items()}


def _fitting(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode()
        case Mapping():
            return _fit(cast("Mapping[str, Any]", value))
        case list() | tuple():
            return [_fitting(one) for one in cast("Sequence[Any]", value)]
        case _:
            return value
