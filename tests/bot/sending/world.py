"""A platform that tests can look into, and a planner on a clock that tests turn."""

from __future__ import annotations

import asyncio
import random
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.services.sending import Chat, Planner, Post, SendFailed, SendingConfig
from bot.services.sending.limits import OneBotLimits, QqLimits
from bot.services.sending.rules import judge
from store.db import Sessions

ACCOUNT = "qq:10001"
GROUP = Chat(ACCOUNT, "qq:500", group=True)
MEMBER = Chat(ACCOUNT, "qq:200", group=False)
START = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
"""Eight in the morning in Beijing, a Monday."""


class Clock:
    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Said:
    chat: Chat
    text: str
    reply_to: str
    seq: int
    wakeup: bool
    at: datetime


@dataclass
class FakeOutlet:
    """Shows what arrived; fails as it is told, one entry of ``failures`` a send."""

    clock: Clock
    platform: str = "onebot11"
    failures: list[SendFailed | None] = field(default_factory=list)
    arrives: bool = False
    """A send that is left open arrived all the same."""
    looks: bool = True
    """It can show what stands in a chat."""
    said: list[Said] = field(default_factory=list)
    tried: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        self.tried += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or (self.arrives and judge(self.platform, failure).state == "perhaps"):
            self.arrived.set()
            self.said.append(Said(chat, text, reply_to, seq, wakeup, self.clock()))
        if failure is not None:
            raise failure
        return str(len(self.said))

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        if not self.looks:
            return None
        return any(one.chat == chat and one.text == text and one.at >= since for one in self.said)


@dataclass
class World:
    sessions: Sessions
    clock: Clock
    outlet: FakeOutlet
    planner: Planner
    alarms: list[str]
    config: SendingConfig

    def restarted(self) -> World:
        """The same database after the process ended."""
        return world(self.sessions, self.outlet, self.config)


def world(sessions: Sessions, outlet: FakeOutlet, config: SendingConfig) -> World:
    clock = outlet.clock
    made = Planner(sessions, nullcontext(), config, now=clock, sleep=clock.sleep, rng=random.Random(1))
    alarms: list[str] = []

    async def alarm(text: str) -> None:
        alarms.append(text)

    made.alarm = alarm
    made.opened(ACCOUNT, outlet)
    return World(sessions, clock, outlet, made, alarms, config)


def onebot(sessions: Sessions, **limits: float) -> World:
    return world(sessions, FakeOutlet(Clock()), SendingConfig(onebot11=OneBotLimits.model_validate(limits)))


def qq(sessions: Sessions, **limits: float) -> World:
    return world(sessions, FakeOutlet(Clock(), platform="qq"), SendingConfig(qq=QqLimits.model_validate(limits)))


def post(
    key: str = "push:1:2026-11-30", chat: Chat = GROUP, text: str = "今天的五道题", not_after: datetime | None = None
) -> Post:
    return Post(chat, text, key=key, not_after=not_after)


def failing(code: str, text: str = "", *, perhaps: bool = False) -> SendFailed:
    return SendFailed(code, text=text, perhaps=perhaps)
