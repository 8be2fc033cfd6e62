"""A day of 每日一练 over a real socket: it goes out, is answered in every form, beside a game and over a kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.services.digest import words
from bot.services.quiz import words as quiz
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
GROUP, ADMIN = 720, 7200
CHAT = f"group:{GROUP}"
_QUICK = "\n[sending.onebot11]\nspacing_s = 0.0\njitter_s = 0.0\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=_QUICK).start()
    yield process
    await process.stop()


class Morning:
    """The digest as members have it before them, and the answers that they would look up."""

    def __init__(self, home: Path, message_id: int) -> None:
        self.message_id = message_id
        with contextlib.closing(sqlite3.connect(home / "data" / "gongkao.db", timeout=10)) as stored:
            rows = stored.execute(
                "SELECT asked FROM quiz_item JOIN quiz ON quiz.id = quiz_id WHERE mode = 'daily' ORDER BY number"
            ).fetchall()
        self.asked: list[dict[str, Any]] = [json.loads(asked) for (asked,) in rows]

    def key(self, number: int, *, right: bool = True) -> str:
        item = self.asked[number - 1]
        if item["kind"] == "judge":
            return "对" if (item["answer"] == "正确") is right else "错"
        return item["answer"] if right else next(one for one in "ABCD" if one not in item["answer"])

    def sheet(self, *, right: int = 5) -> str:
        """Numbered; the first *right* ones are."""
        return " ".join(f"{number}{self.key(number, right=number <= right)}" for number in range(1, 6))


async def told(
    peer: Peer, chat: str, fits: Callable[[str], bool], *, after: int = 0, wait_s: float = 40
) -> dict[str, Any]:
    """The first message after the first *after* ones of *chat* that fits."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        for message in peer.sent[chat][after:]:
            if fits(Peer.text_of(message)):
                return message
        await asyncio.sleep(0.05)
    raise AssertionError(f"{[Peer.text_of(one) for one in peer.sent[chat]]}\n{peer.bot.log[-3000:]}")


async def say(peer: Peer, text: str, user: int, *, at: bool = False, quote: int | None = None, **more: Any) -> str:
    """What a member of the group is answered."""
    before = len(peer.sent[CHAT])
    segments: list[dict[str, Any]] = [{"type": "reply", "data": {"id": str(quote)}}] if quote else []
    segments += [{"type": "at", "data": {"qq": str(peer.self_id)}}] if at else []
    await peer.message([*segments, {"type": "text", "data": {"text": text}}], group=GROUP, user=user, **more)
    return await peer.reply_to(CHAT, count=before + 1)


def changed(home: Path, statement: str, *values: object) -> int:
    stored = sqlite3.connect(home / "data" / "gongkao.db", timeout=10)
    with stored:
        count = stored.execute(statement, values).rowcount
    stored.close()
    return count


async def test_a_day(bot: BotProcess):
    async with Peer(bot) as peer:
        await say(peer, "/每日一练 开 08:00 5题", ADMIN, role="admin")
        await say(peer, "/每日一练 现在", ADMIN, role="admin")
        sent = await told(peer, CHAT, lambda text: text.startswith(words.HEAD))
        assert any(segment["type"] == "image" for segment in sent["segments"])
        assert "退订" in Peer.text_of(sent)
        # After half past eight in the evening it is tomorrow's.
        found = re.search(r"每题答一次，(.+) 揭晓。", Peer.text_of(sent))
        assert found is not None
        reveal = found[1]
        # The receipt is written after the message is on the screen.
        await asyncio.sleep(0.5)
        assert len(Peer.text_of(sent).splitlines()) == 3
        morning = Morning(bot.home, sent["message_id"])
        assert len(morning.asked) == 5
        await peer.group("今天这几道有点难啊", group=GROUP, user=1, at=False)
        await peer.group("5F见", group=GROUP, user=1, at=False)
        assert await peer.silent(CHAT)
        # Nobody gets the key by pointing at the picture.
        assert await say(peer, "选啥", 8, quote=morning.message_id) == words.how_to_answer(private=False)
        # Numbers, one after another; a row; a quote; to the bot.
        assert await say(peer, f"1{morning.key(1)}", 1) == "记下了第 1 题，还差第 2、3、4、5 题。"
        assert (
            await say(peer, morning.sheet(), 1)
            == f"记下了第 2、3、4、5 题，5 题都答完了，{reveal} 揭晓；第 1 题答过了，不能改。"
        )
        row = " ".join(morning.key(number, right=number <= 3) for number in range(1, 6))
        assert await say(peer, row, 2, quote=morning.message_id) == f"5 题都记下了，{reveal} 揭晓。"
        assert (
            await say(peer, f"3 {morning.key(3)}", 3, quote=morning.message_id)
            == "记下了第 3 题，还差第 1、2、4、5 题。"
        )
        assert await say(peer, morning.sheet(right=4), 4, at=True) == f"5 题都记下了，{reveal} 揭晓。"
        assert await say(peer, "/今日答案", 1) == words.not_here(reveal)
        # In private it is known at once, and the key once all is answered.
        await peer.private(f"1{morning.key(1)} 2{morning.key(2, right=False)}", user=3)
        assert await peer.reply_to("private:3") == "1 ✓　2 ✗，还差第 4、5 题。"
        await peer.private("/今日答案", user=3)
        assert await peer.reply_to("private:3", count=2) == "第 4、5 题还没答，答完就能看。"
        await peer.private("/今日答案", user=1)
        assert (await peer.reply_to("private:1")).partition("\n")[0].endswith("5 题对了 5。")
        # A game in the middle: letters are its own, numbers the digest's.
        assert (await say(peer, "/出题 单选 2题 60秒", 1)).startswith("抢答 2 题")
        assert (await say(peer, morning.sheet(right=1), 5)) == f"5 题都记下了，{reveal} 揭晓。"
        before = len(peer.sent[CHAT])
        for letter in "ABCD":
            await peer.group(letter, group=GROUP, user=int(f"6{ord(letter)}"), at=False)
        assert "✓" in await peer.reply_to(CHAT, count=before + 1)
    await bot.kill()
    await bot.start()
    async with Peer(bot) as peer:
        await told(peer, CHAT, lambda text: text.startswith(quiz.BACK))
        assert await say(peer, morning.sheet(), 1) == "第 1、2、3、4、5 题答过了，不能改。"
        assert await say(peer, f"5{morning.key(5)}", 6) == "记下了第 5 题，还差第 1、2、3、4 题。"
        await say(peer, "/结束", 1)
        after = len(peer.sent[CHAT])
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        due = "UPDATE delivery SET planned_at = ?, next_at = ? WHERE kind = 'summary' AND state = 'due'"
        assert changed(bot.home, due, now, now) == 1
        evening = await told(peer, CHAT, lambda text: text.startswith(words.EVENING), after=after)
        lines = Peer.text_of(evening).splitlines()
        assert lines[1] == "6 人答了，user1 全对。"
        assert len(lines) == 3
        assert any(segment["type"] == "image" for segment in evening["segments"])
        await asyncio.sleep(0.5)
        assert await say(peer, f"1{morning.key(1)}", 9, quote=evening["message_id"]) == words.CLOSED
        key = (await say(peer, "/今日答案", 9)).splitlines()
        assert key[:2] == lines[:2]
        rates = [match[1] for line in key[3:] if (match := re.search(r"^\d+\. .*（(\d+/\d+) 人对）$", line))]
        # By question: of users 1 to 5, user 3 without 4 and 5, user 6 with 5 alone.
        assert rates == ["5/5", "3/5", "4/5", "2/4", "2/5"]
    stored = sqlite3.connect(bot.home / "data" / "gongkao.db")
    counted = "SELECT count(*), count(DISTINCT item_id || member_id) FROM quiz_answer JOIN quiz_item i ON i.id = item_id JOIN quiz q ON q.id = quiz_id WHERE q.mode = 'daily'"
    assert stored.execute(counted).fetchone() == (24, 24)
    stored.close()
