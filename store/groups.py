"""Settings of groups, and how much was asked today. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Ask, GroupSettings


async def all_settings(session: AsyncSession) -> Sequence[GroupSettings]:
    return (await session.scalars(select(GroupSettings).execution_options(populate_existing=True))).all()


async def change(session: AsyncSession, group_id: str, by: str, **values: Any) -> GroupSettings:
    """Set *values* of the group."""
    row = await session.get(GroupSettings, group_id)
    if row is None:
        row = GroupSettings(group_id=group_id, off=[], set_by=by)
        session.add(row)
    row.set_by = by
    for name, value in values.items():
        setattr(row, name, value)
    await session.flush()
    return row


async def asked_since(session: AsyncSession, group_id: str, since: datetime, member_id: str = "") -> int:
    """How many questions the group, or one member there, asked since then; those that were not understood too."""
    only = [Ask.member_id == member_id] if member_id else []
    found = await session.scalar(
        select(func.count()).select_from(Ask).where(Ask.group_id == group_id, Ask.received_at >= since, *only)
    )
    return found or 0
