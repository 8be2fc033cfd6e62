"""The teams of a relay, in the database. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.models import QuizAnswer, QuizItem, QuizPlayer


async def players(session: AsyncSession, quiz_id: int) -> Sequence[QuizPlayer]:
    """Everybody who plays, in the order of joining."""
    rows = await session.scalars(
        select(QuizPlayer)
        .where(QuizPlayer.quiz_id == quiz_id)
        .order_by(QuizPlayer.id)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def join(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Put a member into a team, or into the other one."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(QuizPlayer).values(missed=0, **values)
    changed = {"team": added.excluded.team, "turns": added.excluded.turns, "missed": 0}
    await session.execute(added.on_conflict_do_update(index_elements=["quiz_id", "member_id"], set_=changed))


async def change(session: AsyncSession, player: QuizPlayer) -> None:
    """Write how often the turn came to *player*, and how often it missed it."""
    await session.execute(
        update(QuizPlayer).where(QuizPlayer.id == player.id).values(turns=player.turns, missed=player.missed)
    )


async def points(session: AsyncSession, quiz_id: int) -> dict[int, int]:
    """Points of each team that has answered."""
    rows = await session.execute(
        select(QuizPlayer.team, func.sum(QuizAnswer.points))
        .join(QuizItem, QuizItem.quiz_id == QuizPlayer.quiz_id)
        .join(QuizAnswer, (QuizAnswer.item_id == QuizItem.id) & (QuizAnswer.member_id == QuizPlayer.member_id))
        .where(QuizPlayer.quiz_id == quiz_id)
        .group_by(QuizPlayer.team)
    )
    return {team: int(won) for team, won in rows}
