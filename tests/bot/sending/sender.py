"""A process that sends the same posts as others of its kind: ``python -m tests.bot.sending.sender URL LEDGER COUNT``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.services.sending import Chat, Planner, Post, SendingConfig
from bot.services.sending.limits import OneBotLimits
from store.config import StoreConfig
from store.db import open_engine, open_sessions

LEASE_S = 5
ACCOUNT = "qq:10001"


class Ledger:
    """A platform whose chats are lines of a file."""

    platform = "onebot11"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def post(
        self, chat: Chat, text: str, picture: bytes, *, reply_to: str = "", seq: int = 0, wakeup: bool = False
    ) -> str:
        await asyncio.sleep(0.005)
        with self._path.open("a", encoding="utf-8") as lines:
            lines.write(f"{text}\n")
        await asyncio.sleep(0.005)
        return text

    async def look(self, chat: Chat, text: str, since: datetime) -> bool | None:
        return text in self._path.read_text(encoding="utf-8").splitlines()


async def main(url: str, ledger: Path, count: int) -> None:
    engine = open_engine(url, StoreConfig())
    limits = OneBotLimits(spacing_s=0, jitter_s=0, account_daily=0)
    config = SendingConfig(lease_s=LEASE_S, look_after_s=0, settle_s=0, onebot11=limits)
    planner = Planner(open_sessions(engine), nullcontext(), config)
    planner.opened(ACCOUNT, Ledger(ledger))

    async def deliver(number: int) -> None:
        post = Post(Chat(ACCOUNT, f"qq:{number}", group=True), f"post {number}", key=f"k{number}")
        while (receipt := await planner.send(post)).state == "later":
            wait = (receipt.after or datetime.now(UTC)) - datetime.now(UTC)
            await asyncio.sleep(max(wait / timedelta(seconds=1), 0.05))
        assert receipt.state == "sent", receipt

    await asyncio.gather(*map(deliver, range(count)))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
