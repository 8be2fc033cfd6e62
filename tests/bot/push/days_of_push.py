"""Days of simulated time over many subscriptions: clocks that jump, processes that die, and an oracle beside them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy import func, select

from bot.services.push.clock import PushClock
from bot.services.push.content import Prepared
from bot.services.push.delivering import Delivering
from bot.services.push.timetable import next_due
from bot.services.sending.post import Post, Receipt
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions, writers_turn
from store.models import Delivery, Quiz, QuizAnswer, QuizItem, Subscription

START = datetime(2026, 9, 1, tzinfo=UTC)
"""Mid-autumn, National Day and the worked Saturdays around it lie in the sixty days after."""
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Asia/Tokyo", "America/New_York", "Europe/London", "Asia/Urumqi")
PATTERNS = ("1234567", "12345", "67", "135", "work", "rest")
CONFIG = StoreConfig(sqlite_synchronous="normal", pool_size=10)


@dataclass
class World:
    """Time, the platform, and who sent what: all that outlives a process."""

    seed: int
    now: datetime = START
    sent: Counter[str] = field(default_factory=Counter)
    """How often each key reached the platform."""
    claimed: dict[str, str] = field(default_factory=dict)
    furthest: datetime = START
    """The latest moment that the clock ever showed."""
    calm: bool = False
    """The platform takes everything: the days are over, and what was put off comes to its end."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)


class Platform:
    """A sender as one process has it: keeps the promise of the key, and is slow, refuses or puts off at times."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def send(self, post: Post) -> Receipt:
        world = self.world
        if (before := world.claimed.get(post.key)) is not None:
            return Receipt("sent", message_id=before) if before else Receipt("perhaps", reason="cut_off")
        if post.not_after is not None and world.now > post.not_after:
            return Receipt("refused", reason="too_late")
        luck = 1.0 if world.calm else world.chance.random()
        if luck < 0.02:
            return Receipt("refused", reason="muted")
        if luck < 0.06:
            return Receipt(
                "later", reason="rate_limited", after=world.now + timedelta(minutes=world.chance.randint(1, 90))
            )
        world.claimed[post.key] = ""
        await asyncio.sleep(0)
        # A process may be killed here: the message is out, and nobody has written it down.
        world.sent[post.key] += 1
        if luck < 0.08:
            return Receipt("perhaps", reason="unconfirmed")
        for _ in range(world.chance.randint(0, 3)):
            await asyncio.sleep(0)
        world.claimed[post.key] = f"m{len(world.sent)}"
        return Receipt("sent", message_id=world.claimed[post.key])


class Questions:
    """Content that is answered or not, as the category says."""

    def __init__(self, lively: int, silent: int) -> None:
        self.quizzes = {"lively": lively, "silent": silent}

    async def prepare(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        if subscription.category == "empty":
            return None
        return Prepared("题 退订", digest_id=self.quizzes[subscription.category])

    async def summary(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        return Prepared("小结 退订")


class Process:
    """A bot process as far as pushes go, with an engine of its own."""

    def __init__(self, url: str, world: World, questions: Questions) -> None:
        self.engine = open_engine(url, CONFIG)
        sessions, clock = open_sessions(self.engine), lambda: world.now
        writing = writers_turn(sessions)
        delivering = Delivering(sessions, questions, Platform(world), writing=writing, clock=clock)
        self.clock = PushClock(sessions, delivering, writing=writing, clock=clock)

    async def die(self) -> None:
        await self.clock.stop()
        await self.engine.dispose()


async def populate(sessions: Sessions, world: World, count: int) -> Questions:
    """*count* subscriptions of every kind, and the games that they are answered in."""
    chance = world.chance
    async with sessions.begin() as session:
        numbers: list[int] = []
        for state in range(2):
            quiz = Quiz(account="qq:1", lane=f"qq:none{state}", mode="all", state="ended", limit_s=9, started_by="qq:1")
            session.add(quiz)
            await session.flush()
            item = QuizItem(quiz_id=quiz.id, number=1, asked={})
            session.add(item)
            await session.flush()
            if state == 0:
                answer = {"text": "A", "right": True, "took_ms": 1, "learned": True, "answered_at": START}
                session.add(QuizAnswer(id=1, item_id=item.id, member_id="qq:2", **answer))
            numbers.append(quiz.id)
        for number in range(count):
            subscription = Subscription(
                account=f"qq:{1 + number % 4}",
                lane=f"qq:{1000 + number}",
                group_id=f"qq:{1000 + number}",
                number=1,
                minute=chance.choice((480, 480, 480, chance.randrange(1440))),
                days=chance.choice(PATTERNS),
                zone=chance.choice(ZONES),
                category={3: "silent", 7: "empty"}.get(number % 20, "lively"),
                count=5,
                summary_minute=chance.choice((1290, 1290, None)),
                state="active",
                since=START,
                next_at=START,
                made_by="qq:3",
                made_at=START,
            )
            if chance.random() < 0.1:
                subscription.state = "paused"
                subscription.paused_until = START.date() + timedelta(days=chance.randrange(28))
            subscription.next_at = next_due(subscription, START)
            session.add(subscription)
    return Questions(*numbers)


async def live(url: str, world: World, questions: Questions, *, days: int, processes: int, troubles: float) -> None:
    """Let *days* pass; *troubles* is the chance that something goes wrong in a step."""
    chance = world.chance
    running = [Process(url, world, questions) for _ in range(processes)]
    end, down_until = START + timedelta(days=days), START
    try:
        while world.now < end:
            world.now = min(world.now + timedelta(minutes=chance.choice((10, 45, 110))), end)
            world.furthest = max(world.furthest, world.now)
            if world.now < down_until:
                continue
            if chance.random() < troubles:
                down_until = await _trouble(url, world, questions, running)
            world.furthest = max(world.furthest, world.now)
            ticks = [asyncio.create_task(process.clock.tick()) for process in running]
            if chance.random() < troubles:
                # kill -9 in the middle of whatever is going on
                for _ in range(chance.randrange(200)):
                    await asyncio.sleep(0)
                at = chance.randrange(len(running))
                ticks[at].cancel()
                await asyncio.gather(ticks[at], return_exceptions=True)
                await running[at].die()
                running[at] = Process(url, world, questions)
            await asyncio.gather(*ticks, return_exceptions=True)
            for process in running:
                await process.clock.settle()
        # Every claim of the dead and every wait comes to its end.
        world.calm = True
        for _ in range(12):
            world.now = world.furthest = max(world.furthest, world.now) + timedelta(minutes=12)
            for process in running:
                await process.clock.tick()
                await process.clock.settle()
    finally:
        for process in running:
            await process.die()


async def _trouble(url: str, world: World, questions: Questions, running: list[Process]) -> datetime:
    """A jump of the clock, or all processes down for a while; until when nothing runs."""
    chance = world.chance
    match chance.randrange(4):
        case 0:
            world.now = max(world.now - timedelta(minutes=chance.randint(1, 3000)), START)
        case 1:
            world.now += timedelta(minutes=chance.randint(1, 600))
        case _:
            for at, process in enumerate(running):
                await process.die()
                running[at] = Process(url, world, questions)
            return world.now + timedelta(minutes=chance.choice((1, 5, 30, 200, 1500)))
    return world.now


def expected(subscription: Subscription, until: datetime) -> set[date]:
    """The days on which something is due, worked out without the code that is tested."""
    found: set[date] = set()
    zone = ZoneInfo(subscription.zone)
    for offset in range(-2, (until - START).days + 3):
        day = START.date() + timedelta(days=offset)
        works = chinese_calendar.is_workday(day)
        match subscription.days:
            case "work":
                wanted = works
            case "rest":
                wanted = not works
            case listed:
                wanted = str(day.isoweekday()) in listed
        at = datetime.combine(day, time(subscription.minute // 60, subscription.minute % 60), zone).timestamp()
        if wanted and START.timestamp() <= at <= until.timestamp():
            found.add(day)
    return found


@dataclass
class Balance:
    """The ledger against the oracle and the platform."""

    due: int = 0
    lost: int = 0
    """Due days without a row."""
    extra: int = 0
    """Rows for days that were not due."""
    doubled: int = 0
    """Messages that reached the platform more than once."""
    unsettled: int = 0
    without_reason: int = 0
    untold: int = 0
    """Messages that reached the platform, of which the ledger says that they did not."""
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


async def balance(sessions: Sessions, world: World, *, furthest: datetime) -> Balance:
    """Compare; *furthest* is the latest moment that any clock showed."""
    result = Balance(doubled=sum(count > 1 for count in world.sent.values()))
    async with sessions() as session:
        subscriptions = (await session.scalars(select(Subscription))).all()
        rows = (await session.scalars(select(Delivery))).all()
        assert await session.scalar(select(func.count()).select_from(Delivery)) == len(rows)
    by_subscription: dict[int, list[Any]] = {one.id: [] for one in subscriptions}
    for row in rows:
        by_subscription[row.subscription_id].append(row)
        key = f"push:{row.subscription_id}:{row.local_date}" + ("" if row.kind == "digest" else ":summary")
        if row.planned_at <= world.now:
            result.unsettled += row.state in ("due", "held", "claimed")
            result.without_reason += row.state in ("missed", "skipped") and not row.reason
            result.states[f"{row.kind} {row.state}"] += 1
            result.reasons[row.reason] += row.kind == "digest" and row.state != "sent"
        result.untold += world.sent[key] > 0 and row.state not in ("sent", "perhaps") and row.reason != "asleep"
    for subscription in subscriptions:
        due, latest = expected(subscription, world.now), expected(subscription, furthest)
        written = {row.local_date for row in by_subscription[subscription.id] if row.kind == "digest"}
        result.due += len(due)
        result.lost += len(due - written)
        result.extra += len(written - latest)
    return result
