"""What chats allow, accounts' pace and promises kept once. The caller owns the transaction.

Rows are locked in one order, the chat before its account, so that two processes never wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from types import ModuleType

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import ChatAbility, Posting, ReplySeq, SendingAccount


async def chat(session: AsyncSession, account: str, lane: str, *, is_group: bool) -> ChatAbility:
    """The row of a chat, made for a new one; locked, and changes to it are written."""
    added = _dialect(session).insert(ChatAbility).values(account=account, lane=lane, is_group=is_group)
    added = added.on_conflict_do_update(index_elements=["account", "lane"], set_={"is_group": is_group})
    number = (await session.execute(added.returning(ChatAbility.id))).scalar_one()
    return await session.get_one(ChatAbility, number, populate_existing=True)


async def known_chat(session: AsyncSession, account: str, lane: str) -> ChatAbility | None:
    """The row of a chat as it is, if there is one; nobody is kept from changing it."""
    return await session.scalar(select(ChatAbility).where(ChatAbility.account == account, ChatAbility.lane == lane))


async def pace(session: AsyncSession, account: str) -> SendingAccount:
    """The row of an account; as :func:`chat`."""
    added = _dialect(session).insert(SendingAccount).values(account=account)
    changed = added.on_conflict_do_update(index_elements=["account"], set_={"account": account})
    await session.execute(changed)
    return await session.get_one(SendingAccount, account, populate_existing=True)


async def promise(session: AsyncSession, key: str) -> Posting | None:
    return await session.scalar(select(Posting).where(Posting.key == key).execution_options(populate_existing=True))


async def claim(session: AsyncSession, key: str, chat_id: int, text: str, moment: datetime) -> Posting | None:
    """The promise, for the one caller that may keep it now by *text*; ``None`` when it is somebody else's or kept."""
    kept = {"chat_id": chat_id, "text": text, "state": "claimed", "claimed_at": moment}
    added = _dialect(session).insert(Posting).values(key=key, **kept)
    fresh = added.on_conflict_do_update(
        index_elements=["key"],
        set_=kept,
        where=Posting.state == "open",
    )
    number = (await session.execute(fresh.returning(Posting.id))).scalar_one_or_none()
    return None if number is None else await session.get_one(Posting, number, populate_existing=True)


async def settle(
    session: AsyncSession,
    posting: int,
    *,
    tries: int,
    state: str,
    moment: datetime,
    reason: str = "",
    message: str = "",
) -> None:
    """Write what became of a claim; nothing when another process has taken it over meanwhile."""
    over = {} if state == "perhaps" else {"text": ""}
    await session.execute(
        update(Posting)
        .where(Posting.id == posting, Posting.tries == tries)
        .values(state=state, reason=reason[:32], message_id=message[:256], settled_at=moment, **over)
    )


async def reopen(session: AsyncSession, posting: int, *, tries: int) -> bool:
    """Let a claim that was looked for and not found be claimed again; whether this call did it."""
    done = await session.execute(
        update(Posting)
        .where(Posting.id == posting, Posting.tries == tries, Posting.state.in_(("claimed", "perhaps")))
        .values(state="open", tries=tries + 1)
        .returning(Posting.id)
    )
    return done.scalar_one_or_none() is not None


async def first_heard(session: AsyncSession, chat_id: int, message: str, moment: datetime) -> datetime:
    """When *message* came for the first time: platforms deliver events again, at times much later."""
    added = _dialect(session).insert(ReplySeq).values(chat_id=chat_id, message_id=message, used=0, first_at=moment)
    same = added.on_conflict_do_update(index_elements=["chat_id", "message_id"], set_={"message_id": message})
    return (await session.execute(same.returning(ReplySeq.first_at))).scalar_one()


async def next_seq(
    session: AsyncSession, chat_id: int, message: str, *, most: int | None, moment: datetime
) -> int | None:
    """The next number of a reply to *message*, from 1, given once however many ask; ``None`` after *most*."""
    below = None if most is None else ReplySeq.used < most
    added = _dialect(session).insert(ReplySeq).values(chat_id=chat_id, message_id=message, used=1, first_at=moment)
    counted = added.on_conflict_do_update(
        index_elements=["chat_id", "message_id"], set_={"used": ReplySeq.used + 1}, where=below
    )
    return (await session.execute(counted.returning(ReplySeq.used))).scalar_one_or_none()


async def replies(session: AsyncSession, chat_id: int, message: str) -> int:
    """How many numbers :func:`next_seq` has given for *message*."""
    found = await session.scalar(
        select(ReplySeq.used).where(ReplySeq.chat_id == chat_id, ReplySeq.message_id == message)
    )
    return found or 0


async def forget_seqs(session: AsyncSession, chat_id: int, *, before: datetime) -> None:
    """Drop the numbers of messages that nobody may answer any more."""
    await session.execute(delete(ReplySeq).where(ReplySeq.chat_id == chat_id, ReplySeq.first_at < before))


def _dialect(session: AsyncSession) -> ModuleType:
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
