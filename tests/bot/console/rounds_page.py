"""The page for rounds on a running server: two model servers, a challenger, and superusers that can be demoted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.console import RoundServices
from bot.services.passes import Passes
from store.cache import Cache, MemoryCache
from tests.bot.arena.two_models import Stage
from tests.bot.console.conftest import Browser, Page, StartPage

BOSS = "qq:4242"
STREAM = {"Accept": "text/event-stream"}
JSON = {"Accept": "application/json"}


@dataclass
class Hall:
    page: Page
    stage: Stage
    passes: Passes
    superusers: set[str]
    now: list[float] = field(default_factory=lambda: [0.0])
    """The cache's clock, in seconds."""

    @property
    def url(self) -> str:
        return f"{self.page.url}/rounds"

    async def enter(self, browser: Browser, member_id: str = BOSS) -> aiohttp.ClientResponse:
        """Type a fresh code of the member's."""
        code = await self.passes.code(member_id)
        return await browser.post(f"{self.url}/code", data={"code": code}, allow_redirects=False)

    async def challenger(self, *, status: str = "open") -> int:
        number = await self.stage.challenger(votes=False, status=status)
        self.stage.process.result |= {"text": "第 7 轮正在旁边启动。", "challenger": number, "status": status}
        return number

    async def ask(self, browser: Browser, question: str, **fields: str) -> list[tuple[str, dict[str, Any]]]:
        """The events that the script gets."""
        data = {"text": question, "round": "7", **fields}
        return await events(await browser.post(self.url, data=data, headers=STREAM))


async def opened(
    start: StartPage, stage: Stage, *, cache: Cache | None = None, token: str | None = None, heartbeat_s: float = 10
) -> Hall:
    now = [0.0]
    cache = cache or MemoryCache(clock=lambda: now[0])
    superusers = {BOSS}
    passes = Passes(cache, superusers.__contains__)
    # What the fake process says of both: which rounds there are, and what became of one.
    stage.process.result = {"rounds": [{"number": 7, "rejected": False}, {"number": 5, "rejected": True}]}
    services = RoundServices(passes, stage.choices, stage.comparing, stage.battles, cache)
    page = await start(token, heartbeat_s=heartbeat_s, rounds=services)
    return Hall(page, stage, passes, superusers, now)


async def events(reply: aiohttp.ClientResponse) -> list[tuple[str, dict[str, Any]]]:
    assert reply.status == 200, await reply.text()
    found = re.findall(r"^event: (\w+)\ndata: (.*)$", await reply.text(), re.MULTILINE)
    return [(name, json.loads(data)) for name, data in found]
