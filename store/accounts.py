"""Accounts that are one person. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import PersonAccount

_BINDING = 0x676B5F62696E64
"""Of PostgreSQL's advisory locks; any number that nobody else takes."""


async def alone(session: AsyncSession) -> None:
    """Nobody else binds, parts or forgets accounts until the transaction ends: call it before anything is read, and
    write next. Locked one by one, two that are bound crosswise would both be the other's."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_BINDING)))


async def all_bound(session: AsyncSession) -> Mapping[str, str]:
    """By account: the person it is bound to; in the order of binding."""
    rows = await session.execute(
        select(PersonAccount.account_id, PersonAccount.person_id).order_by(
            PersonAccount.bound_at, PersonAccount.account_id
        )
    )
    return {row[0]: row[1] for row in rows}


async def person_of(session: AsyncSession, member_id: str) -> str:
    """Whose name everything of *member_id* is kept under; itself for whoever is not bound, and for groups."""
    found = select(PersonAccount.person_id).where(PersonAccount.account_id == member_id)
    return await session.scalar(found) or member_id


async def of_person(session: AsyncSession, member_id: str) -> list[str]:
    """All accounts of the person behind *member_id*: the main one first, then as they were bound."""
    person = await person_of(session, member_id)
    bound = await session.scalars(
        select(PersonAccount.account_id)
        .where(PersonAccount.person_id == person)
        .order_by(PersonAccount.bound_at, PersonAccount.account_id)
    )
    return [person, *bound]


async def bind(session: AsyncSession, member_id: str, person_id: str) -> None:
    """Let *member_id*, and what is bound to it, be *person_id*; both are known members, neither is bound itself."""
    await session.execute(
        update(PersonAccount)
        .where(PersonAccount.person_id == member_id)
        .values(person_id=person_id)
        .execution_options(synchronize_session=False)
    )
    session.add(PersonAccount(account_id=member_id, person_id=person_id))
    await session.flush()


async def unbind(session: AsyncSession, account_id: str) -> bool:
    """Let the account be a person of its own from now on; whether it was bound."""
    gone = await session.execute(
        delete(PersonAccount).where(PersonAccount.account_id == account_id).returning(PersonAccount.account_id)
    )
    return gone.scalar_one_or_none() is not None


async def claim_unswept(session: AsyncSession, before: datetime) -> list[tuple[str, str]]:
    """Accounts and persons bound before then and not swept yet; nobody else is given them once this is committed."""
    rows = await session.execute(
        update(PersonAccount)
        .where(PersonAccount.swept.is_(False), PersonAccount.bound_at < before)
        .values(swept=True)
        .returning(PersonAccount.account_id, PersonAccount.person_id)
        .execution_options(synchronize_session=False)
    )
    return sorted((row[0], row[1]) for row in rows)


async def forget(session: AsyncSession, person_id: str) -> None:
    """Unbind all accounts of a person."""
    await session.execute(delete(PersonAccount).where(PersonAccount.person_id == person_id))
