"""Finding stored exchanges again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Ask


async def by_reply(session: AsyncSession, *, account: str, reply_message_id: str) -> Ask | None:
    """The exchange whose reply carries the platform id *reply_message_id*."""
    return await session.scalar(
        select(Ask)
        .where(Ask.account == account, Ask.reply_message_id == reply_message_id)
        .order_by(Ask.id.desc())
        .limit(1)
    )


async def latest(session: AsyncSession, *, account: str, group_id: str | None, member_id: str) -> Ask | None:
    """The member's last answered exchange in this group, or in private when *group_id* is ``None``."""
    return await session.scalar(
        select(Ask)
        .where(
            Ask.account == account,
            Ask.group_id.is_(None) if group_id is None else Ask.group_id == group_id,
            Ask.member_id == member_id,
            Ask.state == "answered",
        )
        .order_by(Ask.id.desc())
        .limit(1)
    )
