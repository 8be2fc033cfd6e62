"""Members of any platform; the caller owns the transaction."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Member, now


async def meet(session: AsyncSession, member_id: str, name: str = "") -> None:
    """Have a row for the member; a known one keeps its name. The first statement of a transaction may be this one:
    it writes, so that SQLite takes its lock before anything is read."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"id": member_id, "name": name.replace("\x00", "")[:128], "created_at": now()}
    await session.execute(dialect.insert(Member).values(**row).on_conflict_do_nothing())
