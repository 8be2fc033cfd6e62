"""Members of any platform; the caller owns the transaction."""

from __future__ import annotations

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import Member, now


async def meet(session: AsyncSession, member_id: str, name: str = "") -> None:
    """Have a row for the member, locked until the transaction ends; a known one keeps its name unless it has none.

    The first statement of a transaction may be this one: it writes, so that SQLite takes its lock
    before anything is read, and what one member does at the same instant waits in line.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    known = name.replace("\x00", "").encode("utf-8", "replace").decode()[:128]
    added = dialect.insert(Member).values(id=member_id, name=known, created_at=now())
    kept = case((Member.name == "", added.excluded.name), else_=Member.name)
    await session.execute(added.on_conflict_do_update(index_elements=["id"], set_={"name": kept}))
