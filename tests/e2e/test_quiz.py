"""An evening of quizzes: members of two groups over a real socket, with talk between, and a restart in the middle."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.services.judging import Question, judge, read
from bot.services.quiz import words
from bot.services.replies import NOTHING_ASKED
from bot.services.study import words as study
from tests.e2e.test_corrections import said
from tests.fakes import ModelServer
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
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
    board = await said(peer, "/排行榜 赛季", group=901, user=12)
    assert board.startswith("本群赛季榜（")
    assert "user15" in board


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


async def test_what_is_wished_for_in_other_words(peer: Peer):
    """Without a stroke a command counts where it is said to the bot, and what is left of a game asks nothing."""
    spoken = ("出题 单选 3题", "来5道历史题", "给我出道题", "复习", "错题本", "0", "结束")
    told: dict[str, str] = {}
    for at, text in enumerate(spoken):
        chat = f"private:{60 + at}"
        await peer.private(text, user=60 + at)
        told[text] = await peer.reply_to(chat)
    assert told["出题 单选 3题"].startswith("3 题，直接回答案。")
    assert told["来5道历史题"].startswith("5 题，直接回答案。")
    assert "· 历史 ·" in told["来5道历史题"]
    assert told["给我出道题"].startswith("1 题，")
    assert told["复习"] == study.NOTHING_YET
    assert told["错题本"] == study.EMPTY_BOOK
    assert told["0"] == told["结束"] == NOTHING_ASKED
    for at, text in enumerate(("来一个问题", "来一道错题", "做一套题", "帮我做一下这道题"), start=70):
        await peer.private(text, user=at)
        assert "不明白" not in (said := await peer.reply_to(f"private:{at}")), text
        assert "直接回答案" not in said, text
    await peer.group("来5道历史题", group=907, user=60, at=False)
    await peer.group("错题本", group=907, user=60, at=False)
    assert await peer.silent("group:907")


async def test_a_relay_with_late_members_and_kill_9(bot: BotProcess, starter_items: list[dict[str, Any]]):
    async with Peer(bot) as peer:
        evening = Evening(peer, 904, starter_items)
        await evening.say("/出题 接力 单选 4题 60秒", 51)
        assert (await evening.heard(1)).startswith("接力 4 题，两队轮流答。")
        await evening.say("1", 51)
        assert (await evening.heard(2)) == "你在一队。现在一队 1 人，二队 0 人。"
        await evening.say("哈哈", 59)
        await evening.say("2", 52)
        assert (await evening.heard(3)) == "你在二队。现在一队 1 人，二队 1 人。"
        await evening.say("开始", 52)
        assert (await evening.heard(4)) == words.NOT_YOURS
        await evening.say("开始", 51)
        assert "轮到一队的 user51。" in await evening.heard(5)
        await evening.say(evening.letters(right=True), 52)
        assert await evening.heard(6) == "先等 user51 答。"
        # The question is to stand last again.
        peer.sent[evening.chat].pop()
        await evening.say(evening.letters(right=False), 51)
        assert await evening.heard(6) == "✗ user51 没答对。轮到二队的 user52。"
        peer.sent[evening.chat].pop()
        await evening.say(evening.letters(right=True), 52)
        assert "✓ user52 答对了" in await evening.heard(6)
        await evening.say("/加入", 53)
        assert await evening.heard(7) == "你在一队。现在一队 2 人，二队 1 人。"
    await bot.kill()
    await bot.start()
    async with Peer(bot) as peer:
        evening = Evening(peer, 904, starter_items)
        again = await evening.heard(1)
        assert again.startswith(f"{words.BACK}\n第 2/4 题")
        assert again.endswith("轮到二队的 user52。")
        for count, user in enumerate((52, 53, 52), start=2):
            await evening.say(evening.letters(right=True), user)
            await evening.heard(count)
        final = await evening.heard(5)
    # Which questions come, and so what they are worth, is chance.
    assert re.match(r"([一二]队赢了|打平了)，\d+ : \d+。\n结束了，4 题。\n", final)
    assert "user53" in final


async def test_the_model_judges_what_no_rule_can(tmp_path: Path, starter_items: list[dict[str, Any]]):
    """Also a kill -9 while its opinion is awaited: what the rule said stays."""
    async with ModelServer() as model:
        bot = await BotProcess(tmp_path, model_url=model.url).start()
        try:
            async with Peer(bot) as peer:
                evening = Evening(peer, 905, starter_items)
                await evening.say("/出题 简答 10题 120秒", 61)
                await evening.heard(1)
                model.answer, model.gate = "对\n意思一样", asyncio.Event()
                while (said := doubtful(evening.asked())) is None:
                    count = len(peer.sent[evening.chat])
                    await evening.say("/跳过", 61)
                    await evening.heard(count + 1)
                count = len(peer.sent[evening.chat])
                await evening.say(said, 62)
                for _ in range(200):
                    if kept := rows(tmp_path):
                        break
                    await asyncio.sleep(0.05)
                assert kept == [("qq:62", 0, "rule")]
                assert len(peer.sent[evening.chat]) == count
                await bot.kill()
            assert rows(tmp_path) == kept
            model.gate.set()
            await bot.start()
            async with Peer(bot) as peer:
                evening = Evening(peer, 905, starter_items)
                await evening.heard(1)
                await evening.say(said, 63)
                assert "✓ user63 答对了" in await evening.heard(2)
            assert rows(tmp_path) == [*kept, ("qq:63", 1, "model")]
        finally:
            await bot.stop()


def doubtful(item: dict[str, Any]) -> str | None:
    """Words that are certainly an answer to *item*, of which no rule can tell whether it is right."""
    question = Question("short", item["stem"], (), item["answer"], tuple(item.get("aliases", ())))
    text = f"答案是{item['answer']}之类的事物"
    given = read(question, text)
    return text if given is not None and given.certain and judge(question, given).unsure else None


def rows(home: Path) -> list[tuple[str, int, str]]:
    """Who answered, whether it was right and who judged it, as the database has it."""
    stored = sqlite3.connect(home / "data" / "gongkao.db")
    found = stored.execute('SELECT member_id, "right", judged_by FROM quiz_answer ORDER BY id').fetchall()
    stored.close()
    return found
