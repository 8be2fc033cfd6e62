"""Polls that stand in chats. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import ChatPoll


async def one(session: AsyncSession, account: str, poll_id: str) -> ChatPoll | None:
    """The poll of that id; ``None`` for one that is not ours, or was forgotten."""
    return await session.get(ChatPoll, (account, poll_id))


async def close(session: AsyncSession, account: str, about: str, moment: datetime) -> Sequence[ChatPoll]:
    """Mark the polls *about* something as closed; those that were not, the oldest first: nobody else gets them."""
    closed = await session.scalars(
        update(ChatPoll)
        .where(ChatPoll.account == account, ChatPoll.about == about, ChatPoll.closed_at.is_(None))
        .values(closed_at=moment)
        .returning(ChatPoll)
    )
    return sorted(closed, key=lambda poll: poll.opened_at)


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Drop the polls that were put up *before* then, open or not."""
    await session.execute(delete(ChatPoll).where(ChatPoll.opened_at < before))


async def forget_private(session: AsyncSession, accounts: Sequence[str]) -> None:
    """Drop the polls of the private chats with these accounts of a member."""
    await session.execute(delete(ChatPoll).where(ChatPoll.lane.in_(accounts), ChatPoll.is_group.is_(False)))
