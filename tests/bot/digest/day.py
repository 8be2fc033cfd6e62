"""A group that is asked every morning, without a platform."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.services.digest.answering import DigestAnswers
from bot.services.digest.provider import DigestContent
from bot.services.incoming import Incoming, Quoted
from bot.services.push.content import Prepared
from bot.services.study.learning import Learner
from store import digests
from store.db import Sessions
from store.digests import Kept
from store.models import Delivery, Subscription

ZONE = ZoneInfo("Asia/Shanghai")
GROUP, BOT = "qq:7", "qq:1"
_messages = itertools.count(1)


class Days:
    """The clock stands where it is put; deliveries are recorded as a push does."""

    def __init__(self, sessions: Sessions, **drawing: Any) -> None:
        self.sessions = sessions
        self.at = datetime(2026, 11, 27, 8, 0, tzinfo=ZONE)
        self.learner = Learner(sessions)
        self.content = DigestContent(sessions, clock=lambda: self.at, **drawing)
        self.answers = DigestAnswers(sessions, answered=self.learner.told)

    @property
    def today(self) -> date:
        return self.at.date()

    def later(self, **time: float) -> None:
        self.at += timedelta(**time)

    async def subscribe(self, lane: str = GROUP, **more: Any) -> Subscription:
        values: dict[str, Any] = {
            "account": BOT,
            "lane": lane,
            "group_id": None if lane.startswith("qq:10") else lane,
            "number": 1,
            "minute": 480,
            "count": 5,
            "summary_minute": 1290,
            "next_at": self.at,
            "made_by": "qq:100",
            **more,
        }
        async with self.sessions.begin() as session:
            subscription = Subscription(**values)
            session.add(subscription)
        return subscription

    async def push(self, subscription: Subscription, kind: str = "digest", **more: Any) -> tuple[Prepared | None, int]:
        """Prepare and send; what was sent, and the delivery."""
        async with self.sessions.begin() as session:
            values: dict[str, Any] = {"local_date": self.today, "message_id": f"push{next(_messages)}", **more}
            delivery = Delivery(
                subscription_id=subscription.id, kind=kind, planned_at=self.at, next_at=self.at, **values
            )
            session.add(delivery)
        how = self.content.summary if kind == "summary" else self.content.prepare
        prepared = await how(subscription, delivery.local_date, delivery.id)
        async with self.sessions.begin() as session:
            row = await session.get(Delivery, delivery.id)
            assert row is not None
            row.state, row.digest_id = "sent", prepared.digest_id if prepared else None
        return prepared, delivery.id

    async def kept(self, delivery_id: int) -> Kept:
        async with self.sessions() as session:
            found = await digests.of_delivery(session, delivery_id)
            assert found is not None
            return found

    def incoming(self, text: str, member: int = 101, group: str | None = GROUP, **more: Any) -> Incoming:
        return Incoming(
            account=BOT,
            member_id=f"qq:{member}",
            member_name=f"成员{member}",
            group_id=group,
            text=text,
            message_id=f"m{next(_messages)}",
            received_at=self.at,
            **more,
        )

    async def say(self, text: str, member: int = 101, *, to_me: bool = False, **more: Any) -> str | None:
        """What a member is told; ``None`` when it was taken for talk."""
        incoming = self.incoming(text, member, **more)
        offer = await self.answers.offered(incoming, addressed=to_me)
        return None if offer is None else await self.answers.take(incoming, offer)

    async def quoting(self, delivery_id: int, text: str, member: int = 101, **more: Any) -> str | None:
        async with self.sessions() as session:
            row = await session.get(Delivery, delivery_id)
            assert row is not None
        return await self.say(text, member, quoted=Quoted(row.message_id, ours=True), **more)


def right(kept: Kept, *, but: int = 0) -> list[str]:
    """The right answers as members write them; a wrong one for the first *but* questions."""
    return [wrong_of(item.asked) if item.number <= but else said_of(item.asked) for item in kept.items]


def said_of(asked: dict[str, Any]) -> str:
    answer: str = asked["answer"]
    return {"正确": "对", "错误": "错"}.get(answer, answer)


def wrong_of(asked: dict[str, Any]) -> str:
    if asked["kind"] == "judge":
        return "错" if asked["answer"] == "正确" else "对"
    return next(letter for letter in "ABCD" if letter not in asked["answer"])


def sheet(answers: list[str]) -> str:
    """Numbered, with blanks between."""
    return " ".join(f"{number}{answer}" for number, answer in enumerate(answers, start=1))
