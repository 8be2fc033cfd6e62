"""Finding stored exchanges again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Ask

ASKED_NOTHING = ("courtesy", "stray", "empty", "card_only", "no_question")
"""Reasons of refusals that say that there was no question: thanks, a letter that answers nothing, a card."""


async def by_reply(session: AsyncSession, *, account: str, reply_message_id: str) -> Ask | None:
    """The exchange whose reply carries the platform id *reply_message_id*."""
    return await session.scalar(
        select(Ask)
        .where(Ask.account == account, Ask.reply_message_id == reply_message_id)
        .order_by(Ask.id.desc())
        .limit(1)
    )


async def latest(
    session: AsyncSession,
    *,
    account: str,
    group_id: str | None,
    member_id: str,
    states: Collection[str] = ("answered",),
) -> Ask | None:
    """The member's last question in this group that ended so, or in private when *group_id* is ``None``."""
    return await session.scalar(
        select(Ask)
        .where(
            Ask.account == account,
            Ask.group_id.is_(None) if group_id is None else Ask.group_id == group_id,
            Ask.member_id == member_id,
            Ask.state.in_(states),
            Ask.reason.not_in(ASKED_NOTHING),
        )
        .order_by(Ask.id.desc())
        .limit(1)
    )


async def is_of(session: AsyncSession, *, ask_id: int, member_id: str) -> bool:
    """Whether the member asked this."""
    return await session.scalar(select(Ask.id).where(Ask.id == ask_id, Ask.member_id == member_id)) is not None


async def recent(session: AsyncSession, *, member_id: str, limit: int) -> Sequence[Ask]:
    """The member's last *limit* exchanges, newest first."""
    rows = await session.scalars(select(Ask).where(Ask.member_id == member_id).order_by(Ask.id.desc()).limit(limit))
    return rows.all()
