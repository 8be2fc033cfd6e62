"""Rounds asked for in a chat: what is said when nothing is set up, who may, and how an end is told."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.test_corrections import heard, said
from tests.peer import BotProcess, Peer

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
    assert await said(peer, "/训练 上线", group=91, user=BOSS) == "说一下是第几轮，例如 /训练 上线 7。"
    assert await said(peer, "/训练 上线 9", group=91, user=BOSS) == "没有第 9 轮。"
    assert (await said(peer, "/训练", group=91, user=BOSS)).startswith("训练命令（超级用户）")


async def test_members_may_not(peer: Peer):
    for command in ("/训练 开始", "/训练 上线 1 强制", "/训练 状态"):
        assert await said(peer, command, group=92, user=5) == "只有超级用户能用这个命令。"


async def test_the_end_of_a_round_is_told_once_where_it_was_asked_for(peer: Peer):
    with sqlite3.connect(peer.bot.home / "data" / "gongkao.db") as connection:
        connection.execute(
            "INSERT INTO training_round (id, status, note, approvals, account, group_id, member_id, settings, base,"
            " cancel_asked, step, progress, problem, verdict, forced_by, told, created_at)"
            " VALUES (1, 'rejected', '', '[]', ?, 'qq:93', ?, '{}', '', 0, 'gate', '{}', '没过门槛：降多了。',"
            " ?, '[]', '', '2026-11-26 04:00:00')",
            (
                f"qq:{peer.self_id}",
                f"qq:{BOSS}",
                '{"passed": false, "lines": [{"passed": false, "title": "通用能力", "sentence": "降多了。"}]}',
            ),
        )
    told = await heard(peer, "group:93", "第 1 轮没过门槛", wait_s=10)
    assert "✗ 通用能力：降多了。" in told
    assert await peer.silent("group:93", for_s=4)
    assert "没过门槛，不会上线" in await said(peer, "/训练 历史", group=93, user=BOSS)
