"""Battles that were fought in two groups, one of every outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from inference.prompts import question_messages
from store import arena
from store.arena import CHOICES
from store.db import Sessions
from store.models import Battle

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUESTION = "推翻帝制的是哪件事?\nA. 五四运动\nB. 辛亥革命"
RIGHT, WRONG = "B. 辛亥革命\n1912 年清帝退位。", "A. 五四运动\n它在 1919 年。"
SECRET = ("onebot11:10001", "qq:group:20002", "qq:3000", "msg-40004", "gongkao-0006-abc")
"""Beginnings of what names accounts, groups, members, messages and models in the tables."""


def battle(number: int, **values: Any) -> Battle:
    row: dict[str, Any] = {
        "id": number,
        "serving": SECRET[4],
        "serving_round": 6,
        "challenger_round": 7,
        "account": SECRET[0],
        "group_id": SECRET[1],
        "message_id": SECRET[3],
        "prompt": [dict(message) for message in question_messages(QUESTION)],
        "serving_text": WRONG,
        "challenger_text": RIGHT,
        "challenger_first": True,
        "fought_at": NOON + timedelta(seconds=number % 86400),
    }
    return Battle(**row | values)


async def fight(sessions: Sessions, *fought: tuple[Battle, dict[str, int]]) -> None:
    """Keep battles of one challenger, each with how many voted for which choice."""
    async with sessions.begin() as session:
        row = await arena.live(session)
        if row is None:
            row = await arena.want(session, {"model": "/models/0007", "until": NOON})
        for one, votes in fought:
            one.challenger_id = row.id
            session.add(one)
            await session.flush()
            await _vote(session, one.id, votes)


async def more_votes(sessions: Sessions, number: int, **votes: int) -> None:
    async with sessions.begin() as session:
        await _vote(session, number, votes)


async def _vote(session: AsyncSession, number: int, votes: Mapping[str, int]) -> None:
    for choice, count in votes.items():
        for voter in range(count):
            # Whoever votes otherwise is somebody else.
            await arena.vote(session, number, f"{SECRET[2]}{CHOICES.index(choice)}{voter}", choice)


def one_of_each() -> list[tuple[Battle, dict[str, int]]]:
    return [
        (battle(30, serving_round=None), {"serving": 1}),
        (battle(10), {"challenger": 2, "serving": 1, "both": 1}),
        (battle(20), {"serving": 1, "challenger": 1}),
        (battle(40), {"neither": 2, "serving": 1}),
        (battle(50), {}),
        (battle(60), {"both": 1}),
        (battle(70, serving_text=f"{RIGHT}\n"), {"challenger": 1}),
    ]


async def fill(sessions: Sessions) -> None:
    """Fight :func:`one_of_each`."""
    await fight(sessions, *one_of_each())
