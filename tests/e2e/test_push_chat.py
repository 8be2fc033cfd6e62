"""A new group admin sets up, changes, pauses and stops the daily practice from the help text, over a real socket."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.services.push import words
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
GROUP, ADMIN, MEMBER = 730, 7300, 7301
CHAT = f"group:{GROUP}"
_QUICK = "\n[sending.onebot11]\nspacing_s = 0.0\njitter_s = 0.0\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=_QUICK).start()
    yield process
    await process.stop()


async def say(
    peer: Peer, text: str, *, user: int = ADMIN, role: str = "admin", at: bool = False, quote: int | None = None
) -> str:
    """What the group is answered."""
    peer.sent[CHAT].clear()
    segments: list[dict[str, Any]] = [{"type": "reply", "data": {"id": str(quote)}}] if quote else []
    segments += [{"type": "at", "data": {"qq": str(peer.self_id)}}] if at else []
    await peer.message([*segments, {"type": "text", "data": {"text": text}}], group=GROUP, user=user, role=role)
    return await peer.reply_to(CHAT)


async def test_from_the_help_text_alone(peer: Peer):
    help_text = await say(peer, "/帮助 每日一练", at=True)
    examples = re.findall(r"/每日一练[^　\n；]*", help_text)
    assert len(examples) >= 8
    opening = next(one for one in examples if " 开 " in one)
    changing = next(one for one in examples if " 改 " in one)
    pausing = next(one for one in examples if " 暂停 " in one)
    resuming = next(one for one in examples if " 恢复 " in one)
    stopping = next(one for one in examples if " 停 " in one)
    assert await say(peer, "/每日一练") == words.NONE_HERE
    assert (await say(peer, opening)).startswith("好，第 1 份：周一到周五 08:00，常识 5 题")
    assert (await say(peer, "/每日一练")).startswith("1　周一到周五 08:00，常识 5 题　下次")
    assert (await say(peer, changing)).startswith("改好了，第 1 份：周一到周五 07:30，常识 10 题")
    assert "暂停到 12月5日" in await say(peer, pausing)
    assert (await say(peer, resuming)).startswith("好，第 1 份接着来。")
    assert (await say(peer, stopping)).startswith("好，停了。")
    assert await say(peer, "/每日一练") == words.NONE_HERE


async def test_members_may_look_and_not_touch(peer: Peer):
    assert await say(peer, "/每日一练 开 8:00", user=MEMBER, role="member") == words.ONLY_ADMINS
    assert await say(peer, "/每日一练", user=MEMBER, role="member") == words.NONE_YET_MEMBER


async def test_what_is_wrong_is_said(peer: Peer):
    assert "不明白「唱歌」" in await say(peer, "/每日一练 开 8:00 唱歌")
    assert await say(peer, "/每日一练 开 常识") == words.NO_TIME


async def test_one_now_goes_out_and_the_record_knows(peer: Peer):
    await say(peer, "/每日一练 开 23:00 5题 每天")
    assert await say(peer, "/每日一练 现在") == words.NOW
    digest = await peer.reply_to(CHAT, count=2)
    assert "退订" in digest
    number = peer.sent[CHAT][1]["message_id"]
    assert await say(peer, "/每日一练 现在") == words.NOW_AGAIN
    deadline = time.monotonic() + 10
    while "发了" not in (record := await say(peer, "/每日一练 记录")):
        assert time.monotonic() < deadline, record
    assert "第 1 份临时一份　发了" in record
    # Under it stands that an admin says 退订: without a quote it works too, and members say it among themselves.
    assert await say(peer, "退订") == words.STOP_CHECK.format("每天 23:00")
    assert await say(peer, "取消") == words.GOES_ON
    await peer.group("退订", group=GROUP, user=MEMBER, at=False)
    assert await peer.silent(CHAT)
    # Who is no admin any more when it comes to confirming does not stop it.
    assert await say(peer, "/退订") == words.STOP_CHECK.format("每天 23:00")
    assert await say(peer, words.CONFIRM, role="member") == words.ONLY_ADMINS
    assert await say(peer, words.CONFIRM) != words.ONLY_ADMINS
    assert await say(peer, "/每日一练 开 23:00 5题 每天") != words.ONLY_ADMINS
    # 退订 as an answer to it, by who may.
    assert await say(peer, "退订", quote=number, user=MEMBER, role="member") == words.ONLY_ADMINS
    assert await say(peer, "退订", quote=number) == words.STOPPED_ALREADY
    assert await say(peer, "退订") == words.STOP_CHECK.format("每天 23:00")
    assert (await say(peer, words.CONFIRM)).startswith("好，停了。")
    assert await say(peer, "/每日一练") == words.NONE_HERE


async def test_the_clock_sends_what_is_due_once(peer: Peer, bot: BotProcess):
    await say(peer, "/每日一练 开 23:00 3题")
    peer.sent[CHAT].clear()
    stored = sqlite3.connect(bot.home / "data" / "gongkao.db", timeout=10)
    now = time.gmtime()
    shanghai = (now.tm_hour * 60 + now.tm_min + 480) % 1440
    with stored:
        # As if it had been set up yesterday for this very minute.
        stored.execute(
            "UPDATE subscription SET minute = ?, next_at = ? WHERE state = 'active'",
            (shanghai, time.strftime("%Y-%m-%d %H:%M:00.000000", now)),
        )
    assert "退订" in await peer.reply_to(CHAT, wait_s=30)
    assert await peer.silent(CHAT, for_s=11)
    states = stored.execute("SELECT kind, state FROM delivery WHERE kind = 'digest'").fetchall()
    stored.close()
    assert states == [("digest", "sent")]


async def test_as_it_is_said_on_a_phone(peer: Peer):
    await say(peer, "/每日一练 全部停")
    assert (await say(peer, "每日一练 每天早上 8 点发 3 道法律题", at=True)).startswith(
        "好，第 1 份：每天 08:00，法律 3 题"
    )
    assert (await say(peer, "/每日一练 改 1 唱歌")).endswith("这样写：/每日一练 改 1 07:30 10题")
    assert "暂停到" in await say(peer, "/每日一练 暂停 到后天")
    assert (await say(peer, "/每日一练 停 两天")) == words.STOP_WHICH.format(1, 1)
    assert (await say(peer, "/每日一练 全部停")).startswith("好，停了。")
    assert await say(peer, "每日一练", at=True) == words.NONE_HERE


async def test_in_private_everybody_for_oneself(peer: Peer):
    async def alone(text: str) -> str:
        peer.sent["private:7302"].clear()
        await peer.private(text, user=7302)
        return await peer.reply_to("private:7302")

    assert (await alone("/每日一练 早上八点 历史 3题")).startswith("好，第 1 份：每天 08:00，历史 3 题")
    assert await alone("退订") == words.STOP_CHECK.format("每天 08:00")
    assert (await alone("确认。")).startswith("好，停了。")


async def test_talk_about_it_is_left_alone(peer: Peer):
    peer.sent[CHAT].clear()
    for text in ("退订", "确认退订", "每日一练真不错"):
        await peer.group(text, group=731, user=MEMBER, at=False)
    assert await peer.silent("group:731")


async def test_a_wish_in_a_sentence_is_no_question(peer: Peer):
    """Said to the bot alone: the group may talk of its mornings."""
    await peer.group("每天早上八点发5道常识", group=GROUP, user=MEMBER, at=False)
    assert await peer.silent(CHAT)
    await peer.group("每天早上八点发5道常识", group=GROUP, user=MEMBER)
    order = "/每日一练 开 每天早上八点发5道常识"
    assert await peer.reply_to(CHAT) == f"定时发题请群主或管理员这样开：{order}"
