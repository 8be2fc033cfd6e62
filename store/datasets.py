"""The versions of training sets that were made. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Correction, DatasetCorrection, DatasetVersion, now

_CHUNK = 5000


async def versions(session: AsyncSession) -> Sequence[DatasetVersion]:
    """All versions, oldest first."""
    return (await session.scalars(select(DatasetVersion).order_by(DatasetVersion.id))).all()


async def version(session: AsyncSession, name: str) -> DatasetVersion | None:
    return await session.scalar(select(DatasetVersion).where(DatasetVersion.name == name))


async def register(
    session: AsyncSession,
    *,
    name: str,
    sha256: str,
    manifest: dict[str, Any],
    corrections: Sequence[int],
    read_at: datetime | None = None,
) -> None:
    """Record a version that was built and which corrections it holds; it knows nothing younger than *read_at*.

    Raises:
        IntegrityError: another process registered a version of that name or content first.
    """
    row = DatasetVersion(name=name, sha256=sha256, manifest=manifest, built_at=read_at or now())
    session.add(row)
    await session.flush()
    # A correction may have been withdrawn for good, and deleted, while the files were written.
    for start in range(0, len(corrections), _CHUNK):
        part = corrections[start : start + _CHUNK]
        known = await session.scalars(select(Correction.id).where(Correction.id.in_(part)))
        rows = [{"dataset_id": row.id, "correction_id": number} for number in known]
        if rows:
            await session.execute(insert(DatasetCorrection), rows)


async def release(session: AsyncSession, name: str) -> None:
    """Take the version from the round that uses it: the caller has seen that it came to nothing."""
    await session.execute(update(DatasetVersion).where(DatasetVersion.name == name).values(round=None, used_at=None))


async def use(session: AsyncSession, name: str, round_name: str, at: datetime | None = None) -> bool:
    """Say that a training round uses the version; ``False`` when the version is already in use or unknown.

    Raises:
        IntegrityError: the round uses another version.
    """
    changed = await session.execute(
        update(DatasetVersion)
        .where(DatasetVersion.name == name, DatasetVersion.round.is_(None))
        .values(round=round_name, used_at=at or now())
        .returning(DatasetVersion.id)
    )
    return changed.scalar_one_or_none() is not None


async def withdrawn_since(session: AsyncSession, name: str) -> int:
    """How many of the version's corrections were withdrawn after it was built."""
    statement = (
        select(func.count())
        .select_from(DatasetCorrection)
        .join(DatasetVersion, DatasetVersion.id == DatasetCorrection.dataset_id)
        .join(Correction, Correction.id == DatasetCorrection.correction_id)
        .where(DatasetVersion.name == name, Correction.status == "withdrawn")
    )
    return await session.scalar(statement) or 0
