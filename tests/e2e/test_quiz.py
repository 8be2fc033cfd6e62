"""An evening of quizzes: members of two groups over a real socket, with talk between, and a restart in the middle."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.services.quiz import words
from tests.e2e.test_corrections import said
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]
_HEAD = re.compile(r"第 (\d+)/(\d+) 题　(\S+)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot")).start()
    yield process
    await process.stop()


class Evening:
    """One group, and the answers that a member would look up."""

    def __init__(self, peer: Peer, group: int, items: list[dict[str, Any]]) -> None:
        self.peer, self.group, self.chat = peer, group, f"group:{group}"
        self.known = {item["stem"]: item for item in items}

    def asked(self) -> dict[str, Any]:
        """The question that stands last in the chat."""
        text = Peer.text_of(self.peer.sent[self.chat][-1])
        body = text[[found.end() for found in _HEAD.finditer(text)][-1] :].split("\n")[1:]
        return next(item for stem, item in self.known.items() if "\n".join(body).startswith(stem))

    def letters(self, *, right: bool) -> str:
        key = self.asked()["answer"]
        return key if right else next(letter for letter in "ABCD" if letter not in key)

    async def say(self, text: str, user: int, **more: Any) -> int:
        return await self.peer.group(text, group=self.group, user=user, at=False, **more)

    async def heard(self, count: int) -> str:
        return await self.peer.reply_to(self.chat, count=count)


async def test_a_race_with_talk_typos_and_a_question_to_the_bot(peer: Peer, starter_items: list[dict[str, Any]]):
    evening = Evening(peer, 901, starter_items)
    await evening.say("/出题 单选 3题 60秒", 11)
    assert (await evening.heard(1)).startswith("抢答 3 题")
    await evening.say(evening.letters(right=False), 12)
    await evening.say("哈哈哈这题我见过", 13)
    await evening.say("／提示", 13)
    assert "提示：不是" in await evening.heard(2)
    short = next(item for item in starter_items if item["kind"] == "short")
    # A question to the bot is answered as ever while the game goes on.
    assert (await said(peer, short["stem"], group=901, user=14, at=True)).startswith(short["answer"])
    peer.sent[evening.chat].pop()
    peer.sent[evening.chat].pop()
    await evening.say(f"我选{evening.letters(right=True).lower()}", 15)
    assert "✓ user15 答对了" in await evening.heard(2)
    for count in (3, 4):
        await evening.say(evening.letters(right=True), 15)
        await evening.heard(count)
    final = await evening.heard(5)
    assert final.startswith("结束了，3 题。\n🥇 user15")
    assert "user12 0 分（答对 0/1）" in final
    assert "user15" in await said(peer, "/排行榜 今日", group=901, user=12)


async def test_who_may_stop_it(peer: Peer):
    assert (await said(peer, "/出题 2题 60秒", group=902, user=21)).startswith("抢答 2 题")
    assert await said(peer, "/出题", group=902, user=22) == words.ALREADY
    assert await said(peer, "/结束", group=902, user=22) == words.NOT_YOURS
    assert "没人答过" in await said(peer, "/结束", group=902, user=21)
    assert await said(peer, "/跳过", group=902, user=21) == words.NONE_HERE


async def test_kill_9_in_the_middle(bot: BotProcess, starter_items: list[dict[str, Any]]):
    async with Peer(bot) as peer:
        evening = Evening(peer, 903, starter_items)
        await evening.say("/出题 单选 3题 60秒", 31)
        await evening.heard(1)
        await evening.say(evening.letters(right=True), 31)
        await evening.heard(2)
    await bot.kill()
    await bot.start()
    async with Peer(bot) as peer:
        evening = Evening(peer, 903, starter_items)
        assert (await evening.heard(1)).startswith(f"{words.BACK}\n第 2/3 题")
        for count in (2, 3):
            await evening.say(evening.letters(right=True), 32)
            await evening.heard(count)
        final = await evening.heard(4)
    assert "🥇 user32" in final
    assert "🥈 user31" in final


async def test_in_private(peer: Peer, starter_items: list[dict[str, Any]]):
    known = {item["stem"]: item for item in starter_items}
    await peer.private("/出题 单选 2题", user=41)
    for count, right in ((1, True), (2, False)):
        text = await peer.reply_to("private:41", count=count)
        item = next(item for stem, item in known.items() if f"\n{stem}\n" in text)
        letter = item["answer"] if right else next(one for one in "ABCD" if one not in item["answer"])
        await peer.private(letter, user=41)
    final = await peer.reply_to("private:41", count=3)
    assert final.startswith("✗ 不对。\n答案：")
    assert "结束了，2 题，答对 1，得 " in final
