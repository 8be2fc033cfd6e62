"""What is due goes out once, or is written down with the reason why not."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.incoming import Incoming
from bot.services.push import holidays, words
from bot.services.push.clock import LEASE, PushClock
from bot.services.push.content import Prepared
from bot.services.push.delivering import Delivering
from bot.services.push.holidays import HolidaysConfig
from bot.services.push.timetable import next_due
from bot.services.sending import Planner
from bot.services.sending.post import Chat, Post, Receipt
from store import deliveries, subscriptions
from store.db import Sessions
from store.deliveries import Entry
from store.models import Delivery, Quiz, QuizAnswer, QuizItem, Subscription
from tests.bot.sending.world import ACCOUNT, GROUP, onebot, qq

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
"""08:00 in Shanghai."""


@dataclass
class Scene:
    """A bot that sends into a list, its clock in our hands."""

    sessions: Sessions
    now: datetime = MONDAY - timedelta(hours=1)
    posts: list[Post] = field(default_factory=list)
    out: set[str] = field(default_factory=set)
    """Keys that the platform has seen."""
    answers: list[Receipt] = field(default_factory=list)
    """What the sender says next; sent when there is nothing."""
    content: Prepared | Exception | None = field(default_factory=lambda: Prepared("题 退订"))
    began: asyncio.Event = field(default_factory=asyncio.Event)
    hangs: asyncio.Event | None = None
    """Until when a send takes."""

    def __post_init__(self) -> None:
        self.clock = self.process()

    def process(self) -> PushClock:
        delivering = Delivering(self.sessions, self, self, clock=lambda: self.now)
        return PushClock(self.sessions, delivering, clock=lambda: self.now)

    async def prepare(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        if isinstance(self.content, Exception):
            raise self.content
        return self.content

    async def summary(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        return Prepared(f"{local_date} 小结")

    async def send(self, post: Post) -> Receipt:
        self.posts.append(post)
        if self.answers:
            return self.answers.pop(0)
        known = post.key in self.out
        self.out.add(post.key)
        self.began.set()
        if self.hangs is not None:
            await self.hangs.wait()
        return Receipt("perhaps", "cut_off") if known else Receipt("sent", message_id=f"m{len(self.posts)}")

    async def subscribe(self, **values: Any) -> int:
        wanted: dict[str, Any] = {
            "account": "qq:1", "lane": "qq:500", "group_id": "qq:500", "number": 1, "minute": 480, "days": "1234567",
            "zone": "Asia/Shanghai", "category": "", "count": 5, "summary_minute": 1290, "state": "active",
            "since": self.now, "made_at": self.now, "made_by": "qq:2",
        }  # fmt: skip
        subscription = Subscription(**wanted | values)
        subscription.next_at = next_due(subscription, self.now)
        async with self.sessions.begin() as session:
            session.add(subscription)
        return subscription.id

    async def at(self, moment: datetime) -> None:
        self.now = moment
        await self.clock.tick()
        await self.clock.settle()

    async def ledger(self) -> list[tuple[str, str, str, str]]:
        async with self.sessions() as session:
            rows = await session.scalars(select(Delivery).order_by(Delivery.planned_at, Delivery.id))
            return [(f"{row.local_date:%m-%d}", row.kind, row.state, row.reason) for row in rows]

    async def state(self) -> Subscription:
        async with self.sessions() as session:
            return (await session.scalars(select(Subscription))).one()


@pytest.fixture
def scene(sessions: Sessions) -> Scene:
    return Scene(sessions)


async def test_once_a_day_however_often_the_clock_ticks(scene: Scene):
    await scene.subscribe()
    for minutes in (-10, 0, 0, 1, 5, 60):
        await scene.at(MONDAY + timedelta(minutes=minutes))
    await scene.at(MONDAY + timedelta(days=1))
    assert [post.key for post in scene.posts] == ["push:1:2026-11-30", "push:1:2026-12-01"]
    assert [one[2] for one in await scene.ledger()] == ["sent", "sent"]


async def test_two_processes_at_the_same_moment_send_once(scene: Scene):
    for number in range(30):
        await scene.subscribe(lane=f"qq:{number}", account=f"qq:{number % 3}")
    scene.now = MONDAY
    processes = [scene.clock, scene.process()]
    for _ in range(3):
        await asyncio.gather(*(process.tick() for process in processes))
        await asyncio.gather(*(process.settle() for process in processes))
    assert len(scene.posts) == 30
    assert len({post.key for post in scene.posts}) == 30


async def test_holidays_announced_while_the_bot_was_down(scene: Scene):
    await scene.subscribe(days="work")
    friday = MONDAY + timedelta(days=4)
    await scene.at(friday)
    holidays.announce(HolidaysConfig(rest=("2026-12-07",), work=("2026-12-05",)))
    try:
        scene.clock = scene.process()
        for days in range(5):
            await scene.at(friday + timedelta(days=days, minutes=5 if days else 0))
    finally:
        holidays.announce(HolidaysConfig())
    assert [post.key[-5:] for post in scene.posts if "summary" not in post.key] == ["12-04", "12-05", "12-08"]


async def test_late_within_the_window_and_written_off_after_it(scene: Scene):
    await scene.subscribe()
    await scene.at(MONDAY + timedelta(minutes=110))
    await scene.at(MONDAY + timedelta(days=1, hours=2, minutes=5))
    assert await scene.ledger() == [("11-30", "digest", "sent", ""), ("12-01", "digest", "missed", "down")]


async def test_never_late_into_the_night(scene: Scene):
    await scene.subscribe(minute=22 * 60)
    await scene.at(MONDAY + timedelta(hours=14, minutes=40))
    assert await scene.ledger() == [("11-30", "digest", "missed", "down")]


async def test_days_of_absence_are_all_in_the_ledger(scene: Scene):
    await scene.subscribe(days="12345")
    await scene.at(MONDAY + timedelta(days=7, minutes=1))
    assert [(day, state) for day, _, state, _ in await scene.ledger()] == [
        ("11-30", "missed"),
        ("12-01", "missed"),
        ("12-02", "missed"),
        ("12-03", "missed"),
        ("12-04", "missed"),
        ("12-07", "sent"),
    ]


async def test_a_clock_that_goes_back_sends_nothing_again_and_loses_nothing(scene: Scene):
    await scene.subscribe()
    await scene.at(MONDAY)
    # Three days ahead by mistake: what was written off in them comes in its time.
    await scene.at(MONDAY + timedelta(days=3, hours=5))
    assert [one[2] for one in await scene.ledger()] == ["sent", "missed", "missed", "missed"]
    for hours in range(1, 80):
        await scene.at(MONDAY + timedelta(hours=hours))
    assert [one[2] for one in await scene.ledger()] == ["sent"] * 4
    assert len(scene.posts) == 4


async def test_a_process_that_dies_while_sending_is_followed_by_the_same_key(scene: Scene):
    await scene.subscribe()
    scene.now, scene.hangs = MONDAY, asyncio.Event()
    await scene.clock.tick()
    await scene.began.wait()
    await scene.clock.stop()
    scene.hangs, scene.clock = None, scene.process()
    await scene.at(MONDAY + timedelta(minutes=1))
    assert await scene.ledger() == [("11-30", "digest", "claimed", "")]
    await scene.at(MONDAY + LEASE)
    assert [post.key for post in scene.posts] == ["push:1:2026-11-30"] * 2
    assert await scene.ledger() == [("11-30", "digest", "perhaps", "cut_off")]


async def test_a_slow_send_keeps_its_claim(scene: Scene):
    await scene.subscribe()
    scene.now, scene.hangs = MONDAY, asyncio.Event()
    other = scene.process()
    for _ in range(4):
        await scene.clock.tick()
        await other.tick()
        scene.now += LEASE - timedelta(minutes=1)
        await asyncio.sleep(0.02)
    scene.hangs.set()
    await scene.clock.settle()
    await other.settle()
    assert len(scene.posts) == 1
    assert [one[2] for one in await scene.ledger()] == ["sent"]


async def test_later_is_asked_again_then_and_given_up_in_the_evening(scene: Scene):
    await scene.subscribe(summary_minute=None)
    scene.answers = [Receipt("later", "rate_limited", after=MONDAY + timedelta(minutes=30))]
    await scene.at(MONDAY)
    await scene.at(MONDAY + timedelta(minutes=29))
    assert (len(scene.posts), (await scene.ledger())[0][2:]) == (1, ("held", "rate_limited"))
    scene.answers = [Receipt("later", "offline", after=MONDAY + timedelta(hours=20))]
    await scene.at(MONDAY + timedelta(minutes=30))
    assert (len(scene.posts), (await scene.ledger())[0][2:]) == (2, ("missed", "offline"))


async def test_what_waits_for_the_chat_is_looked_at_when_it_speaks(scene: Scene):
    await scene.subscribe()
    scene.answers = [Receipt("later", "waits_for_chat", after=MONDAY + timedelta(hours=8))]
    await scene.at(MONDAY)
    await scene.at(MONDAY + timedelta(hours=2))
    scene.clock.heard(Incoming("qq:1", "qq:7", "早", group_id="qq:500"))
    await asyncio.sleep(0.1)
    await scene.at(MONDAY + timedelta(hours=2, seconds=10))
    assert [one[2] for one in await scene.ledger()] == ["sent"]


@pytest.mark.parametrize("reason", ["muted", "daily_cap"])
async def test_a_refusal_is_the_reason(scene: Scene, reason: str):
    await scene.subscribe()
    scene.answers = [Receipt("refused", reason)]
    await scene.at(MONDAY)
    assert await scene.ledger() == [("11-30", "digest", "missed", reason)]


async def test_nothing_to_ask_is_written_down(scene: Scene):
    await scene.subscribe()
    scene.content = None
    await scene.at(MONDAY)
    assert await scene.ledger() == [("11-30", "digest", "skipped", "nothing")]


async def test_who_asks_at_once_hears_that_there_is_nothing_to_ask(scene: Scene):
    number = await scene.subscribe()
    scene.content = None
    async with scene.sessions.begin() as session:
        await deliveries.enter(session, [Entry(number, scene.now.date(), scene.now, kind="extra", hour=7)])
    await scene.at(scene.now)
    assert [post.text for post in scene.posts] == [words.NOTHING_NOW]
    assert await scene.ledger() == [("11-29", "extra", "skipped", "nothing")]
    async with scene.sessions() as session:
        row = (await session.scalars(select(Delivery))).one()
    assert (row.message_id, [one["state"] for one in row.receipts]) == ("m1", ["sent"])


async def test_questions_that_cannot_be_made_are_tried_again(scene: Scene):
    await scene.subscribe()
    scene.content = RuntimeError("broken")
    await scene.at(MONDAY)
    assert await scene.ledger() == [("11-30", "digest", "held", "unprepared")]
    scene.content = Prepared("题")
    await scene.at(MONDAY + timedelta(minutes=2))
    assert [one[2] for one in await scene.ledger()] == ["sent"]


async def test_a_pause_ends_by_itself(scene: Scene):
    await scene.subscribe(state="paused", paused_until=date(2026, 12, 1))
    for day in range(3):
        await scene.at(MONDAY + timedelta(days=day))
    assert [one[2:] for one in await scene.ledger()] == [("skipped", "paused"), ("skipped", "paused"), ("sent", "")]
    assert (await scene.state()).state == "active"


async def test_what_is_stopped_while_it_waits_is_not_sent(scene: Scene):
    number = await scene.subscribe()
    scene.answers = [Receipt("later", "offline", after=MONDAY + timedelta(minutes=5))]
    await scene.at(MONDAY)
    async with scene.sessions.begin() as session:
        await subscriptions.change(session, number, state="stopped")
    await scene.at(MONDAY + timedelta(minutes=6))
    assert len(scene.posts) == 1
    assert await scene.ledger() == [("11-30", "digest", "skipped", "stopped")]


@pytest.mark.parametrize("state", ["stopped", "paused"])
async def test_what_is_called_off_while_it_waits_for_its_chat_is_not_sent(scene: Scene, state: str):
    platform = qq(scene.sessions)
    platform.clock.now = MONDAY
    await platform.planner.allowed(GROUP, False)
    delivering = Delivering(scene.sessions, scene, platform.planner, clock=lambda: scene.now)
    scene.clock = PushClock(scene.sessions, delivering, clock=lambda: scene.now)
    number = await scene.subscribe(account=ACCOUNT)
    await scene.at(MONDAY)
    assert await scene.ledger() == [("11-30", "digest", "held", "waits_for_chat")]
    async with scene.sessions.begin() as session:
        await subscriptions.change(session, number, state=state)
    before = asyncio.all_tasks()
    await platform.planner.heard(Incoming(ACCOUNT, "qq:200", "早", group_id="qq:500", message_id="m1"))
    await asyncio.gather(*asyncio.all_tasks() - before)
    assert platform.outlet.tried == 0
    await scene.at(MONDAY + timedelta(minutes=15))
    assert platform.outlet.tried == 0
    assert await scene.ledger() == [("11-30", "digest", "skipped", state)]


@pytest.mark.parametrize("state", ["stopped", "paused"])
async def test_what_is_called_off_while_others_are_before_it_is_not_sent(scene: Scene, state: str):
    platform = onebot(scene.sessions)
    number = await scene.subscribe(account=ACCOUNT)

    async def meanwhile(seconds: float) -> None:
        async with scene.sessions.begin() as session:
            await subscriptions.change(session, number, state=state)

    planner = Planner(scene.sessions, nullcontext(), platform.config, now=lambda: scene.now, sleep=meanwhile)
    planner.opened(ACCOUNT, platform.outlet)
    scene.now = MONDAY
    await planner.send(Post(Chat(ACCOUNT, "qq:501", group=True), "题"))
    delivering = Delivering(scene.sessions, scene, planner, clock=lambda: scene.now)
    scene.clock = PushClock(scene.sessions, delivering, clock=lambda: scene.now)
    await scene.at(MONDAY)
    assert platform.outlet.tried == 1
    assert await scene.ledger() == [("11-30", "digest", "skipped", state)]


async def quiz_of(sessions: Sessions) -> tuple[int, int]:
    async with sessions.begin() as session:
        quiz = Quiz(account="qq:1", lane="qq:500", mode="all", state="ended", limit_s=9, started_by="qq:1")
        session.add(quiz)
        await session.flush()
        item = QuizItem(quiz_id=quiz.id, number=1, asked={})
        session.add(item)
        await session.flush()
        return quiz.id, item.id


async def answer(scene: Scene, item: int, number: int) -> None:
    async with scene.sessions.begin() as session:
        session.add(
            QuizAnswer(
                id=number,
                item_id=item,
                member_id=f"qq:{number}",
                text="A",
                right=True,
                took_ms=1,
                answered_at=scene.now,
            )
        )


async def test_the_evening_tells_what_came_of_it(scene: Scene):
    await scene.subscribe()
    quiz, _ = await quiz_of(scene.sessions)
    scene.content = Prepared("题", digest_id=quiz)
    await scene.at(MONDAY)
    await scene.at(MONDAY + timedelta(hours=13, minutes=29))
    assert len(scene.posts) == 1
    await scene.at(MONDAY + timedelta(hours=13, minutes=30))
    assert [(post.key, post.text) for post in scene.posts[1:]] == [("push:1:2026-11-30:summary", "2026-11-30 小结")]
    assert [one[1:3] for one in await scene.ledger()] == [("digest", "sent"), ("summary", "sent")]


async def test_the_key_comes_when_the_questions_said_it_does(scene: Scene):
    """They were made an hour and a minute before it, and waited for their turn to go out."""
    await scene.subscribe(minute=1229)
    quiz, _ = await quiz_of(scene.sessions)
    asked_at = MONDAY + timedelta(hours=12, minutes=29)
    scene.content = Prepared("题，今天 21:30 揭晓", digest_id=quiz, asked_at=asked_at)
    await scene.at(asked_at + timedelta(minutes=10))
    assert len(scene.posts) == 1
    await scene.at(MONDAY + timedelta(hours=13, minutes=30))
    assert [post.text for post in scene.posts[1:]] == ["2026-11-30 小结"]


async def test_what_was_wanted_at_once_has_a_summary_of_its_own(scene: Scene):
    number = await scene.subscribe()
    quiz, _ = await quiz_of(scene.sessions)
    at = MONDAY + timedelta(hours=13)
    scene.content = Prepared("题", digest_id=quiz)
    await scene.at(MONDAY)
    async with scene.sessions.begin() as session:
        await deliveries.enter(session, [Entry(number, at.date(), at, kind="extra", hour=21)])
    await scene.at(at)
    await scene.at(MONDAY + timedelta(hours=13, minutes=30))
    await scene.at(MONDAY + timedelta(days=1, hours=13, minutes=30))
    keys = [post.key for post in scene.posts if "summary" in post.key]
    assert keys == ["push:1:2026-11-30:summary", "push:1:2026-11-30:summary21"]


async def test_a_chat_where_nobody_answers_falls_asleep_and_wakes_by_an_answer(scene: Scene):
    await scene.subscribe(summary_minute=None)
    quiz, item = await quiz_of(scene.sessions)
    scene.content = Prepared("题", digest_id=quiz)
    for day in range(9):
        await scene.at(MONDAY + timedelta(days=day))
    assert [post.text for post in scene.posts[:7]] == ["题"] * 7
    assert [post.text for post in scene.posts[7:]] == [words.farewell(await scene.state(), 7)]
    assert [one[2:] for one in await scene.ledger()][6:] == [("sent", ""), ("skipped", "asleep"), ("skipped", "asleep")]
    await answer(scene, item, 1)
    await scene.at(MONDAY + timedelta(days=9))
    assert (await scene.state()).state == "active"
    assert scene.posts[-1].text == "题"


async def test_one_answer_in_a_week_is_enough(scene: Scene):
    await scene.subscribe(summary_minute=None)
    (silent, _), (lively, item) = await quiz_of(scene.sessions), await quiz_of(scene.sessions)
    await answer(scene, item, 1)
    for day in range(14):
        scene.content = Prepared("题", digest_id=lively if day % 7 == 6 else silent)
        await scene.at(MONDAY + timedelta(days=day))
    assert {one[2] for one in await scene.ledger()} == {"sent"}


async def test_one_out_of_turn_goes_out_beside_the_days_own(scene: Scene):
    number = await scene.subscribe()
    await scene.at(MONDAY)
    at = MONDAY + timedelta(hours=2)
    async with scene.sessions.begin() as session:
        await deliveries.enter(session, [Entry(number, at.date(), at, kind="extra", hour=10)] * 2)
    await scene.at(at)
    assert [post.key for post in scene.posts] == ["push:1:2026-11-30", "push:1:2026-11-30:extra10"]
