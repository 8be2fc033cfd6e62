"""Games on Telegram with polls: votes, what fits no poll, votes that say nothing, a kill -9 between question and vote."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.services.quiz import words
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.bot.quiz.table import fill
from tests.peer import BotProcess
from tests.platforms.telegram_server import SentPoll, TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Running:
    server: TelegramServer
    bot: BotProcess

    def answers(self) -> int:
        """How many answers the bot has kept."""
        return self._count("quiz_answer")

    async def booked(self, poll: SentPoll, wait_s: float = 10) -> None:
        """Until the bot has written down *poll*, whose id it learns from the platform."""
        deadline = time.monotonic() + wait_s
        while not self._count("chat_poll WHERE poll_id = ?", poll.id):
            assert time.monotonic() < deadline, poll
            await asyncio.sleep(0.05)

    def _count(self, rows: str, *values: str) -> int:
        stored = sqlite3.connect(self.bot.home / "data" / "gongkao.db")
        (count,) = stored.execute(f"SELECT count(*) FROM {rows}", values).fetchone()
        stored.close()
        return count

    async def kept(self, count: int, wait_s: float = 10) -> None:
        """Until so many answers are kept: what comes at the same moment is heard in any order."""
        deadline = time.monotonic() + wait_s
        while (found := self.answers()) < count:
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)
        assert found == count

    async def ignored(self, reason: str, count: int, wait_s: float = 10) -> None:
        """Until so many events were not used for *reason*."""
        deadline = time.monotonic() + wait_s
        while (found := await self.bot.ignored(reason)) < count:
            assert time.monotonic() < deadline, (reason, found)
            await asyncio.sleep(0.05)
        assert found == count


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    home = tmp_path_factory.mktemp("telegram")
    async with TelegramServer() as server:
        bot = await BotProcess(home, settings=server.settings()).start()
        engine = open_engine(f"sqlite+aiosqlite:///{home / 'data' / 'gongkao.db'}", StoreConfig())
        sessions = open_sessions(engine)
        await fill(sessions, choices=4, category="票选")
        await fill(sessions, choices=1, start=10, category="多票", kind="multiple", answer="AC")
        await fill(sessions, choices=1, start=20, category="长票", options=["很长的" * 36, "乙", "丙", "丁"])
        await fill(sessions, choices=1, start=30, category="长干", stem="很长的题干" * 59)
        await fill(sessions, choices=1, start=40, category="真假", kind="judge", options=[], answer="错误")
        await engine.dispose()
        yield Running(server, bot)
        await bot.stop()
        assert "Traceback" not in bot.log


def right(poll: SentPoll) -> int:
    return int(poll.told["correct_option_id"])


async def test_a_race_by_votes_and_a_typed_letter(running: Running):
    server = running.server
    server.say("/出题 票选 2题 60秒", chat=-71)
    first = await server.poll(-71, 1)
    assert first.question.startswith(
        "抢答 2 题，直接回答案，先答对的得分。\n\n第 1/2 题　单选 · 票选 · 60 秒\n虚构的第 "
    )
    assert first.options == ["A. 1900 年", "B. 1901 年", "C. 1902 年", "D. 1903 年"]
    told = first.told
    assert (told["type"], told["is_anonymous"], told["explanation"]) == ("quiz", False, "书上说的。")
    assert told["correct_option_ids"] == [right(first)]
    assert 50 < told["open_period"] <= 60
    before = running.answers()
    server.vote(first, (right(first) + 1) % 4, user=1)
    await running.kept(before + 1)
    server.vote(first, right(first), user=2)
    second = await server.poll(-71, 2)
    assert second.question.startswith("✓ 名2 答对了，+")
    assert "\n\n第 2/2 题　单选" in second.question
    await server.stopped(first)
    server.say("ABCD"[right(second)], chat=-71, user=3)
    head = (await server.texts(-71, 1))[0]
    assert head.startswith("✓ 名3 答对了，+")
    await server.stopped(second)
    late = await running.bot.ignored("not_addressed")
    server.tell_vote(second.id, right(second), user=4)
    await running.ignored("not_addressed", late + 1)
    server.say("/排行榜 今日", chat=-71, user=1)
    board = (await server.texts(-71, 3))[2] or server.sent[-1].get("caption", "")
    assert "名4" not in board


async def test_where_all_answer_the_key_is_not_shown_and_several_may_be_chosen(running: Running):
    server, before = running.server, running.answers()
    server.say("/出题 多票 1题 全员 60秒", chat=-72)
    poll = await server.poll(-72, 1)
    assert (poll.told["type"], poll.told["allows_multiple_answers"]) == ("regular", True)
    assert poll.told["hide_results_until_closes"] is True
    assert not {"correct_option_id", "correct_option_ids", "explanation"} & set(poll.told)
    server.vote(poll, 2, 0, user=1)
    server.vote(poll, 0, user=2)
    await running.kept(before + 2)
    taken_back = await running.bot.ignored("vote_taken_back")
    server.vote(poll, user=2)
    await running.ignored("vote_taken_back", taken_back + 1)
    # The first vote counts, as the first letter does.
    server.vote(poll, 0, 2, user=2)
    server.say("/揭晓", chat=-72)
    said = (await server.texts(-72, 1))[0]
    assert said.startswith("✓ 名1 +")
    assert "\n✗ 名2（A）\n答案：A. 1900 年；C. 1902 年" in said
    await server.stopped(poll)
    server.say("/出题 真假 1题 全员 60秒", chat=-73)
    truth = await server.poll(-73, 1)
    assert (truth.options, truth.told["type"]) == (["对", "错"], "regular")
    server.vote(truth, 1, user=1)
    await running.kept(before + 3)
    server.say("/揭晓", chat=-73)
    assert (await server.texts(-73, 1))[0].startswith("✓ 名1 +")


async def test_what_fits_no_poll_is_text(running: Running):
    server = running.server
    server.say("/出题 长票 1题 60秒", chat=-74)
    text = (await server.texts(-74, 1))[0]
    assert text.startswith("抢答 1 题")
    assert text.endswith("\nB. 乙\nC. 丙\nD. 丁")
    # Without what leads up to it this one fits.
    server.say("/出题 长干 1题 60秒", chat=-75)
    poll = await server.poll(-75, 1)
    assert poll.question == "很长的题干" * 59
    assert (await server.texts(-75, 1))[0].endswith("第 1/1 题　单选 · 长干 · 60 秒")
    # Only one member is asked in a relay.
    server.say("/出题 接力 票选 2题 60秒", chat=-76, user=1)
    await server.texts(-76, 1)
    server.say("1", chat=-76, user=1)
    await server.texts(-76, 2)
    server.say("2", chat=-76, user=2)
    await server.texts(-76, 3)
    server.say("开始", chat=-76, user=1)
    assert "\nD. 1903 年\n轮到一队的 名1。" in (await server.texts(-76, 4))[3]
    assert [one.chat for one in server.polls].count(-76) == 0
    server.without_polls.add(-77)
    server.say("/出题 票选 1题 60秒", chat=-77)
    assert (await server.texts(-77, 1))[0].endswith("\nD. 1903 年")
    for chat in (-74, -75, -76, -77):
        server.say("/结束", chat=chat, user=1 if chat == -76 else 5)


async def test_votes_that_say_nothing_are_counted(running: Running):
    server = running.server
    server.say("/出题 票选 1题", user=21)
    poll = await server.poll(21, 1)
    assert poll.told["type"] == "quiz"
    server.tell_vote("12345", 0, user=1)
    server.tell_vote(poll.id, 0, user=1, voter_chat={"id": -5, "type": "channel", "title": "频道"})
    server.tell_vote(poll.id, 7, user=21)
    # Polls can be forwarded.
    server.tell_vote(poll.id, right(poll), user=22)
    for reason in ("vote_in_unknown_poll", "vote_of_nobody", "vote_for_no_option", "vote_of_somebody_else"):
        await running.ignored(reason, 1)
    assert [one for one in server.sent if one["chat_id"] == "21"] == []
    server.vote(poll, (right(poll) + 1) % 4, user=21)
    assert (await server.texts(21, 1))[0].startswith("✗ 不对。\n答案：")
    await server.stopped(poll)


async def test_a_pause_stops_the_poll_and_its_end_brings_another(running: Running):
    server = running.server
    server.say("/出题 票选 1题 60秒", chat=-78)
    first = await server.poll(-78, 1)
    server.say("/暂停", chat=-78)
    await server.stopped(first)
    assert (await server.texts(-78, 1))[0] == words.PAUSED
    server.say("/继续", chat=-78)
    second = await server.poll(-78, 2)
    assert second.question.startswith("第 1/1 题")
    server.vote(second, right(second), user=1)
    assert (await server.texts(-78, 2))[1].startswith("✓ 名1 答对了")


async def test_a_vote_while_the_bot_is_down_counts(running: Running):
    server = running.server
    server.say("/出题 票选 2题 60秒", chat=-79)
    first = await server.poll(-79, 1)
    await running.booked(first)
    await running.bot.kill()
    server.vote(first, right(first), user=1)
    await running.bot.start()
    again = await server.poll(-79, 2)
    assert again.question.startswith(f"{words.BACK}\n第 1/2 题")
    third = await server.poll(-79, 3)
    assert third.question.startswith("✓ 名1 答对了，+")
    for poll in (first, again):
        await server.stopped(poll)
    server.vote(third, right(third), user=2)
    assert (await server.texts(-79, 1))[0].startswith("✓ 名2 答对了")
