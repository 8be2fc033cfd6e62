"""A group corrects answers, reviewers decide, everybody is told: over a real WebSocket."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS, REVIEWER = 4242, 4343
STEM = "我国第一部纪传体通史是什么？"
UNKNOWN = "虚构的云泽国建都于哪座虚构城市？\nA. 青桐城\nB. 落星城\nC. 望海城\nD. 长歌城"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    settings = f'superusers = ["{BOSS}"]\nreviewers = ["{REVIEWER}"]\nnotice_poll_s = 0.2'
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=settings).start()
    yield process
    await process.stop()


async def said(peer: Peer, text: str, *, group: int, user: int, at: bool = False, quote: int | None = None) -> str:
    """What the bot answers to *text* in a group."""
    chat = f"group:{group}"
    before = len(peer.sent[chat])
    segments = [{"type": "reply", "data": {"id": str(quote)}}] if quote else []
    if at:
        segments.append({"type": "at", "data": {"qq": str(peer.self_id)}})
    await peer.message([*segments, {"type": "text", "data": {"text": text}}], group=group, user=user)
    count = before + 1
    # The news of a decision may be quicker than the reply to the reviewer, and a slow build tells how far it is.
    while (answer := await peer.reply_to(chat, count=count)).startswith("正在构建训练集\n") or "你的纠错 #" in answer:
        count += 1
    return answer


async def heard(peer: Peer, chat: str, words: str, *, wait_s: float = 5) -> str:
    """The message with *words* that comes to *chat* unasked."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        for message in peer.sent[chat]:
            if words in Peer.text_of(message):
                return Peer.text_of(message)
        await asyncio.sleep(0.05)
    raise AssertionError([Peer.text_of(message) for message in peer.sent[chat]])


async def test_a_missing_answer_is_given_reviewed_and_used(peer: Peer):
    group, member = 71, 901
    assert "已经记下" in await said(peer, UNKNOWN, group=group, user=member, at=True)
    taken = await said(peer, "/纠错 C 来源：虚构地理志", group=group, user=member)
    number = re.search(r"纠错 #(\d+)", taken)[1]
    assert "C. 望海城" in taken
    assert "审核后告诉你" in taken

    card = await said(peer, "/审核", group=group, user=REVIEWER)
    assert "云泽国" in card
    assert "虚构地理志" in card
    assert f"#{number}" in card
    done = await said(peer, "1", group=group, user=REVIEWER)
    assert "补上答案「望海城」" in done
    told = await heard(peer, f"group:{group}", f"你的纠错 #{number} 采纳了")
    assert "谢谢你" in told
    mention = next(m for m in peer.sent[f"group:{group}"] if told == Peer.text_of(m))["segments"][0]
    assert mention == {"type": "at", "data": {"qq": str(member)}}

    assert "选 C. 望海城" in await said(peer, UNKNOWN, group=group, user=member, at=True)
    mine = await said(peer, "/我的纠错", group=group, user=member)
    assert f"#{number} 已采纳" in mine
    assert "采纳 1 / 报 1" in await said(peer, "/贡献榜", group=group, user=member)
    why = await said(peer, "/为什么", group=group, user=member)
    assert "群内审核" in why


async def test_a_bank_key_needs_two_reviewers_and_can_be_restored(peer: Peer):
    group, member = 72, 902
    right = await said(peer, STEM, group=group, user=member, at=True)
    assert "史记" in right
    taken = await said(peer, "不对，应该是《汉书》", group=group, user=member, at=True)
    assert "「《汉书》」" in taken
    card = await said(peer, "/审核", group=group, user=BOSS)
    assert "要改题库的答案，得 2 位审核人意见一致。" in card
    item = re.search(r"审核 (\d+)", card)[1]
    assert "还要 1 位审核人同意" in await said(peer, "通过", group=group, user=BOSS)
    card = await said(peer, f"/审核 {item}", group=group, user=REVIEWER)
    assert "另一位审核人：通过「《汉书》」" in card
    assert "答案改成「《汉书》」" in await said(peer, "1", group=group, user=REVIEWER)
    assert "审核人定的答案是「《汉书》」" in await said(peer, "/为什么", group=group, user=member)
    assert (await said(peer, STEM, group=group, user=member, at=True)).startswith("《汉书》")
    assert "审核人改过答案" in await said(peer, "/为什么", group=group, user=member)

    assert "题库恢复原样" in await said(peer, f"/撤销审核 {item}", group=group, user=BOSS)
    assert "史记" in await said(peer, STEM, group=group, user=member, at=True)
    await said(peer, f"/审核 {item}", group=group, user=BOSS)
    assert await said(peer, "3 史记没有错", group=group, user=BOSS) == f"审核 {item}：没有采纳。\n\n没有待审的了。"
    assert "史记没有错" in await heard(peer, f"group:{group}", "没有采纳：")


async def test_members_can_neither_review_nor_undo(peer: Peer):
    for text in ("/审核", "/审核 1", "/撤销审核 1"):
        assert await said(peer, text, group=73, user=903) == "只有审核人能用这个命令。"


async def test_thumbs_by_word_and_by_emoji(peer: Peer):
    group, member = 74, 904
    await said(peer, STEM, group=group, user=member, at=True)
    answer = peer.sent[f"group:{group}"][-1]["message_id"]
    assert await said(peer, "👎", group=group, user=905, quote=answer) == (
        "记下了，会有人核对。知道正确答案的话，引用那条回答发 /纠错 答案。"
    )
    assert await said(peer, "👍🏻", group=group, user=member, quote=answer) == "好的，记下了。"
    notice = {"post_type": "notice", "time": 1, "self_id": peer.self_id, "group_id": group, "message_id": answer}
    likes = {"notice_type": "group_msg_emoji_like", "user_id": 906, "likes": [{"emoji_id": "76", "count": 1}]}
    await peer.raw({**notice, **likes})
    await peer.raw(
        {**notice, "notice_type": "reaction", "sub_type": "add", "operator_id": 907, "code": "77", "count": 1}
    )
    # Taken away after the other one: nothing is left to take.
    gone = {**likes, "user_id": 907, "is_add": False}
    await peer.raw({**notice, **gone})
    assert await peer.silent(f"group:{group}")
    rows = await ratings(peer.bot)
    assert rows == [("qq:904", 1), ("qq:905", -1), ("qq:906", 1), ("qq:907", -1)]


async def ratings(bot: BotProcess) -> list[tuple[str, int]]:
    import sqlite3

    with sqlite3.connect(bot.home / "data" / "gongkao.db") as connection:
        return connection.execute("SELECT member_id, value FROM rating ORDER BY member_id").fetchall()


async def test_private_data_is_masked_and_withdrawal_is_the_members_own(peer: Peer):
    group, member = 75, 908
    await said(peer, STEM, group=group, user=member, at=True)
    taken = await said(peer, "/纠错 《左传》 理由：问过老师，电话13812345678", group=group, user=member)
    assert "个人信息已打码" in taken
    number = re.search(r"纠错 #(\d+)", taken)[1]
    assert "不是你提交的" in await said(peer, f"/撤回 {number}", group=group, user=909)
    assert await said(peer, f"/撤回 {number}", group=group, user=member) == f"纠错 #{number} 撤回了。"
    assert "早就撤回" in await said(peer, f"/撤回 #{number}", group=group, user=member)
    assert "13812345678" not in peer.bot.log


async def test_chatter_among_members_is_left_alone(peer: Peer):
    for text in ("不对，应该是B", "👍", "赞", "通过", "1", "没用"):
        await peer.group(text, group=76, user=910, at=False)
    assert await peer.silent("group:76")


async def test_nothing_to_correct_says_how(peer: Peer):
    assert await said(peer, "/纠错 B", group=77, user=911) == (
        "没找到要纠正的回答。引用我的那条回答，发：/纠错 正确答案 理由：……（理由可以不写）。"
        "题库里的题写编号也行：/纠错 #123 正确答案。"
    )


async def test_a_key_that_a_game_told_is_corrected(peer: Peer):
    group, member = 78, 912
    asked = await said(peer, "/出题 单选 1题", group=group, user=member)
    stem = asked.partition("第 1/1 题")[2].splitlines()[1]
    revealed = await said(peer, "/跳过", group=group, user=member)
    key = revealed.partition("答案：")[2][0]
    other = "A" if key != "A" else "B"
    taken = await said(peer, f"/纠错 {other} 理由：课本", group=group, user=member)
    assert taken.startswith("记下了，纠错 #")
    assert stem[:10] in taken
    assert f"应该是「{other}. " in taken
