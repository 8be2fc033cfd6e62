"""Rounds asked for in a chat: what is said when nothing is set up, who may, and how an end is told."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.test_corrections import heard, said
from tests.peer import BotProcess, Peer
from tests.rounds import steps_of, verdict

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS = 4242


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=f'superusers = ["{BOSS}"]').start()
    yield process
    await process.stop()


async def test_without_a_base_it_says_where_to_write_one(peer: Peer):
    for command in ("/训练 预览", "/训练 开始 试试"):
        assert "[training.rounds]" in await said(peer, command, group=91, user=BOSS)
    assert "还没有训练过" in await said(peer, "/训练 状态", group=91, user=BOSS)
    assert "还没有训练过" in await said(peer, "/训练 历史", group=91, user=BOSS)
    assert "还没有训练过" in await said(peer, "/训练 卡片", group=91, user=BOSS)
    assert await said(peer, "/训练 卡片 9", group=91, user=BOSS) == "没有第 9 轮。"
    assert await said(peer, "/训练 上线", group=91, user=BOSS) == "说一下是第几轮，例如 /训练 上线 7。"
    assert await said(peer, "/训练 上线 9", group=91, user=BOSS) == "没有第 9 轮。"
    assert (await said(peer, "/训练", group=91, user=BOSS)).startswith("训练命令（超级用户）")


async def test_what_names_no_round_touches_none(peer: Peer):
    for text in ("取消 第七轮", "继续 刚才那个", "上线 1 不要强制", "取消 1 强制", "卡片 上一轮"):
        verb = text.partition(" ")[0]
        answer = await said(peer, f"/训练 {text}", group=95, user=BOSS)
        assert answer == f"说一下是第几轮，例如 /训练 {verb} 7。"
    assert await said(peer, "/训练 状态 9", group=95, user=BOSS) == "没有第 9 轮。"


async def test_members_may_not(peer: Peer):
    for command in ("/训练 开始", "/训练 上线 1 强制", "/训练 状态", "/训练 卡片"):
        assert await said(peer, command, group=92, user=5) == "只有超级用户能用这个命令。"


async def test_the_end_of_a_round_is_told_once_where_it_was_asked_for(peer: Peer):
    chat = "group:93"
    ended(peer)
    told = await heard(peer, chat, "第 1 轮没过门槛", wait_s=10)
    assert "✗ 容易混的题：比现在的模型 -4.8" in told
    assert "原来对、现在错的有 37 道，先看 3 道，10 道在图里：" in told
    assert told.count("现在 D. 活字印刷术") == 3
    assert picture(peer, chat)
    assert await peer.silent(chat, for_s=4)
    assert "没过门槛，不会上线" in await said(peer, "/训练 历史", group=93, user=BOSS)

    # There is no folder of this round: all comes from the database.
    for command in ("/训练 卡片", "/训练 卡片 1", "／训练 卡片 第1轮"):
        told = await said(peer, command, group=93, user=BOSS)
        assert "训练集 v0003：12,043 题，53,120 条样本，纠错 214 条" in told
        assert "门槛：✓ 2 条，✗ 1 条（容易混的题）" in told
        card = picture(peer, chat)
    assert "没过门槛，不会上线" in await said(peer, "/训练 状态", group=93, user=BOSS)
    assert picture(peer, chat) != card


def ended(peer: Peer) -> None:
    """A worker elsewhere has ended round 1, which was asked for in group 93."""
    judged = verdict()
    with sqlite3.connect(peer.bot.home / "data" / "gongkao.db") as connection:
        connection.executemany(
            "INSERT INTO round_step (round_id, name, seconds, record, finished_at) VALUES (1, ?, ?, ?, ?)",
            [
                (step.name, step.seconds, json.dumps(step.record), f"{step.finished_at:%Y-%m-%d %H:%M:%S}.000000")
                for step in steps_of(1, judged=judged)
            ],
        )
        connection.execute(
            "INSERT INTO training_round (id, status, note, approvals, account, group_id, member_id, settings, base,"
            " dataset, cancel_asked, step, progress, problem, verdict, forced_by, told, created_at)"
            " VALUES (1, 'rejected', '', '[]', ?, 'qq:93', ?, '{}', '/models/base', 'v0003', 0, 'gate', '{}',"
            " '没过门槛：降多了。', ?, '[]', '', '2026-11-26 04:00:00')",
            (f"qq:{peer.self_id}", f"qq:{BOSS}", json.dumps(judged)),
        )


def picture(peer: Peer, chat: str) -> bytes:
    """The picture that came with the last message to *chat*."""
    [found] = [part for part in peer.sent[chat][-1]["segments"] if part["type"] == "image"]
    content = base64.b64decode(found["data"]["file"].removeprefix("base64://"))
    assert content.startswith(b"\x89PNG")
    return content
