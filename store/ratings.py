"""What members think of answers; the caller owns the transaction."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Rating, now


async def rate(session: AsyncSession, *, ask_id: int, member_id: str, value: int) -> None:
    """Keep *value* (1 or -1) as the member's last word on the exchange; 0 takes the rating back."""
    if value == 0:
        await session.execute(delete(Rating).where(Rating.ask_id == ask_id, Rating.member_id == member_id))
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh = {"value": value, "rated_at": now()}
    statement = dialect.insert(Rating).values(ask_id=ask_id, member_id=member_id, **fresh)
    await session.execute(statement.on_conflict_do_update(index_elements=["ask_id", "member_id"], set_=fresh))


async def take_back(session: AsyncSession, *, ask_id: int, member_id: str, value: int) -> None:
    """Forget the member's rating, if it is *value*."""
    await session.execute(
        delete(Rating).where(Rating.ask_id == ask_id, Rating.member_id == member_id, Rating.value == value)
    )


async def of_member(session: AsyncSession, *, ask_ids: Collection[int], member_id: str) -> dict[int, int]:
    """The member's rating by exchange; unrated ones are left out."""
    rows = await session.execute(
        select(Rating.ask_id, Rating.value).where(Rating.ask_id.in_(ask_ids), Rating.member_id == member_id)
    )
    return {row[0]: row[1] for row in rows}
