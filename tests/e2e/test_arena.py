"""A superuser compares two rounds and a group votes blind: bot, keeper and both model servers are processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.services.arena import words
from bot.services.datasets.chat import ONLY_SUPERUSERS
from tests.e2e.test_corrections import said
from tests.e2e.test_releases import NEW, OLD, Table, answer, engine, keeper, table
from tests.peer import BotProcess, Peer
from tests.training.releases.conftest import port_pair

__all__ = ["keeper", "table"]
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS, ADMIN, MEMBER = 4242, 4343, 901
GROUP = 94


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    home = tmp_path_factory.mktemp("bot")
    lines = {"port": port_pair(), "python": str(engine(home)), "beside": "always", "drain_s": 1, "check_every_s": 0.2}
    serving = "\n".join(f"{name} = {json.dumps(value)}" for name, value in lines.items())
    settings = f'superusers = ["{BOSS}"]\nbattle_percent = 100\n[serving]\n{serving}'
    process = await BotProcess(home, settings=settings).start()
    yield process
    await process.stop()


async def admin_says(peer: Peer, text: str) -> str:
    """What the bot answers to the group's admin."""
    before = len(peer.sent[f"group:{GROUP}"])
    await peer.group(text, group=GROUP, user=ADMIN, at=False, role="admin")
    return await peer.reply_to(f"group:{GROUP}", count=before + 1)


async def test_two_rounds_side_by_side_and_a_blind_vote(peer: Peer, table: Table, keeper: asyncio.subprocess.Process):
    await table.until("serving")
    assert OLD in await answer(peer, "虚构的云泽国建都于哪座城？")
    assert await said(peer, "/对比 1 题目", group=GROUP, user=MEMBER) == ONLY_SUPERUSERS
    assert await said(peer, "/对比 9 题目", group=93, user=BOSS) == "没有第 9 轮。"
    assert await said(peer, "/对比", group=93, user=BOSS) == words.USAGE

    before = len(peer.sent["group:93"])
    assert "第 1 轮正在旁边启动" in await said(peer, "/对比 1 虚构的国鸟是哪种？", group=93, user=BOSS)
    both = await peer.reply_to("group:93", count=before + 2, wait_s=30)
    assert both.startswith("【在服务的模型】")
    assert both.index(OLD) < both.index("【第 1 轮】") < both.index(NEW)
    number = peer.sent["group:93"][-1]["message_id"]
    assert await said(peer, "乙", group=93, user=BOSS, quote=number) == "记下了：乙。"

    assert await said(peer, "/盲评", group=GROUP, user=MEMBER) == words.NOT_AGREED
    assert await said(peer, "/盲评 开", group=GROUP, user=MEMBER) == words.ONLY_ADMINS
    assert await admin_says(peer, "/盲评 开") == words.JOINED
    began = await said(peer, "/盲评 开始 1 2小时", group=93, user=BOSS)
    assert began.endswith("参加的群有 1 个。")
    await asyncio.sleep(2.5)  # by then every bot knows
    battle = await answer(peer, "虚构的云泽国有几座山？")
    assert battle.startswith("这题有两个回答，哪个好？\n【甲】\n")
    assert battle.endswith(words.HOW_TO_VOTE)
    number = peer.sent[f"group:{GROUP}"][-1]["message_id"]
    new_is = "甲" if battle.index(NEW) < battle.index(OLD) else "乙"
    assert await said(peer, new_is, group=GROUP, user=11, quote=number) == f"记下了：{new_is}。"
    assert await said(peer, "A", group=GROUP, user=12, quote=number) == words.NOT_LETTERS
    assert await said(peer, "一样好", group=GROUP, user=12, quote=number) == "记下了：一样好。"
    result = await said(peer, "/盲评 结果", group=93, user=BOSS)
    assert "2 人投了 2 票" in result or "3 人投了 3 票" in result
    ended = await said(peer, "/盲评 结束", group=93, user=BOSS)
    assert ended.startswith("盲评结束了。\n第 1 轮对正在服务的模型，")
    await asyncio.sleep(2.5)
    assert "【甲】" not in await answer(peer, "虚构的云泽国有几条河？")
    assert await admin_says(peer, "/盲评 关") == words.LEFT
