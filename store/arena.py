"""Challengers, battles and votes. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import ArenaGroup, Battle, BattleVote, Challenger, now

LIVE = ("asked", "starting", "open")
CHOICES = ("serving", "challenger", "both", "neither")


@dataclass(frozen=True, slots=True)
class Tally:
    """What members thought of the battles between two models: one voice a battle, that of most who voted."""

    serving: int = 0
    challenger: int = 0
    """Battles that it won."""
    ties: int = 0
    """Equally good, or as many for one as for the other."""
    neither: int = 0
    """Both were found wrong."""
    unvoted: int = 0
    votes: int = 0
    voters: int = 0


async def live(session: AsyncSession) -> Challenger | None:
    """The challenger that is asked for, is being started or answers."""
    return await session.scalar(
        select(Challenger)
        .where(Challenger.status.in_(LIVE))
        .order_by(Challenger.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


async def get(session: AsyncSession, number: int) -> Challenger | None:
    return await session.get(Challenger, number, populate_existing=True)


async def latest(session: AsyncSession, *, votes: bool) -> Challenger | None:
    """The newest one that members vote on, or do not, and that answered."""
    return await session.scalar(
        select(Challenger)
        .where(Challenger.votes.is_(votes), Challenger.open_from.is_not(None))
        .order_by(Challenger.id.desc())
        .limit(1)
    )


async def want(session: AsyncSession, values: Mapping[str, Any]) -> Challenger:
    """A new challenger that is asked for; the caller is :func:`store.db.alone` and saw that none is live."""
    row = Challenger(status="asked", **values)
    session.add(row)
    await session.flush()
    return row


async def change(session: AsyncSession, number: int, was: Sequence[str], **values: Any) -> bool:
    """Set *values* of a challenger whose status still is one of *was*; whether it was."""
    changed = await session.execute(
        update(Challenger)
        .where(Challenger.id == number, Challenger.status.in_(was))
        .values(**values)
        .returning(Challenger.id)
    )
    return changed.scalar_one_or_none() is not None


async def dismiss(session: AsyncSession, problem: str = "") -> bool:
    """End whatever challenger is live; whether there was one. *problem*: why early."""
    ended = await session.execute(
        update(Challenger)
        .where(Challenger.status.in_(LIVE))
        .values(status="ended", ended_at=now(), problem=problem)
        .returning(Challenger.id)
    )
    return bool(ended.scalars().all())


async def prolong(session: AsyncSession, number: int, until: datetime) -> None:
    """Let the challenger stay at least to *until*."""
    await session.execute(
        update(Challenger).where(Challenger.id == number, Challenger.until < until).values(until=until)
    )


async def agreed(session: AsyncSession) -> frozenset[str]:
    """Groups that are shown battles."""
    return frozenset(await session.scalars(select(ArenaGroup.group_id)))


async def agree(session: AsyncSession, group_id: str, by: str) -> bool:
    """Show battles in the group; whether it had not agreed before."""
    return await _added(session, ArenaGroup, group_id=group_id, agreed_by=by, agreed_at=now())


async def leave(session: AsyncSession, group_id: str) -> bool:
    """Show no battles in the group any more; whether it had agreed."""
    gone = await session.execute(
        delete(ArenaGroup).where(ArenaGroup.group_id == group_id).returning(ArenaGroup.group_id)
    )
    return gone.scalar_one_or_none() is not None


async def add_battle(session: AsyncSession, values: Mapping[str, Any]) -> Battle:
    row = Battle(**values)
    session.add(row)
    await session.flush()
    return row


async def get_battle(session: AsyncSession, number: int) -> Battle | None:
    return await session.get(Battle, number)


async def shown(session: AsyncSession, battle_id: int, message_id: str) -> None:
    """Note the platform's id of the message with both answers."""
    await session.execute(update(Battle).where(Battle.id == battle_id).values(message_id=message_id))


async def by_message(session: AsyncSession, *, account: str, message_id: str) -> Battle | None:
    """The battle that a message of ours shows."""
    return await session.scalar(
        select(Battle)
        .where(Battle.account == account, Battle.message_id == message_id)
        .order_by(Battle.id.desc())
        .limit(1)
    )


async def of_ask(session: AsyncSession, ask_id: int) -> Battle | None:
    """The battle that the answer of a member's question was part of."""
    return await session.scalar(select(Battle).where(Battle.ask_id == ask_id))


async def vote(session: AsyncSession, battle_id: int, member_id: str, choice: str) -> str | None:
    """Keep what the member thinks, one of :data:`CHOICES`; what it thought before."""
    if await _added(session, BattleVote, battle_id=battle_id, member_id=member_id, choice=choice, voted_at=now()):
        return None
    row = await session.get_one(BattleVote, (battle_id, member_id), populate_existing=True, with_for_update=True)
    before, row.choice, row.voted_at = row.choice, choice, now()
    return before


async def votes(session: AsyncSession, member_id: str, battle_ids: Sequence[int]) -> list[tuple[Battle, str]]:
    """Those of the battles that the member voted on, and for which of :data:`CHOICES`."""
    found = await session.execute(
        select(Battle, BattleVote.choice)
        .join(BattleVote, BattleVote.battle_id == Battle.id)
        .where(BattleVote.member_id == member_id, Battle.id.in_(battle_ids))
    )
    return [(battle, choice) for battle, choice in found]


async def _added(session: AsyncSession, table: type[ArenaGroup | BattleVote], **values: Any) -> bool:
    """Insert a row unless its key is taken, also by whoever does the same at this instant; whether it was new."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(literal(True))
    return await session.scalar(added) is not None


async def fought(session: AsyncSession, *, challenger_id: int | None = None) -> list[tuple[Battle, dict[str, int]]]:
    """Battles, oldest first, with how many voted for each of :data:`CHOICES`; all of them, or one challenger's."""
    only = [] if challenger_id is None else [Battle.challenger_id == challenger_id]
    battles = (await session.scalars(select(Battle).where(*only).order_by(Battle.id))).all()
    counted = await session.execute(
        select(BattleVote.battle_id, BattleVote.choice, func.count())
        .join(Battle, Battle.id == BattleVote.battle_id)
        .where(*only)
        .group_by(BattleVote.battle_id, BattleVote.choice)
    )
    votes: dict[int, dict[str, int]] = {}
    for battle_id, choice, count in counted:
        votes.setdefault(battle_id, {})[choice] = count
    return [(battle, votes.get(battle.id, {})) for battle in battles]


async def voters(session: AsyncSession, challenger_id: int) -> int:
    """How many members voted on the challenger's battles."""
    found = await session.scalar(
        select(func.count(BattleVote.member_id.distinct()))
        .join(Battle, Battle.id == BattleVote.battle_id)
        .where(Battle.challenger_id == challenger_id, Battle.blind.is_(True))
    )
    return found or 0


def verdict(votes: Mapping[str, int]) -> str | None:
    """Who won a battle: one of :data:`CHOICES`, that of most who voted; ``None`` without votes.

    ``both`` too for as many on each side. Votes for either model are not added up against those
    for neither side: then one more for the weaker model could make the other one win.
    """
    if not any(votes.values()):
        return None
    ours, theirs, both, neither = (votes.get(choice, 0) for choice in CHOICES)
    if max(both, neither) > max(ours, theirs):
        return "both" if both >= neither else "neither"
    if ours == theirs:
        return "both"
    return "serving" if ours > theirs else "challenger"


async def tally(session: AsyncSession, challenger_id: int) -> Tally:
    """How the challenger did against what served, where nobody who voted knew which was which."""
    found = [one for one in await fought(session, challenger_id=challenger_id) if one[0].blind]
    verdicts = [verdict(votes) for _, votes in found]
    return Tally(
        serving=verdicts.count("serving"),
        challenger=verdicts.count("challenger"),
        ties=verdicts.count("both"),
        neither=verdicts.count("neither"),
        unvoted=verdicts.count(None),
        votes=sum(sum(votes.values()) for _, votes in found),
        voters=await voters(session, challenger_id),
    )
