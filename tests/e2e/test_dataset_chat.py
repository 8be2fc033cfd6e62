"""A superuser builds and compares training sets from the chat."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.test_corrections import said
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS = 4242
UNKNOWN = "虚构的云泽国建都于哪座虚构城市？\nA. 青桐城\nB. 落星城\nC. 望海城\nD. 长歌城"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=f'superusers = ["{BOSS}"]').start()
    yield process
    await process.stop()


async def test_a_correction_shows_in_the_next_version(peer: Peer):
    group, chat = 81, "group:81"
    assert "发 /数据集 构建 做第一版" in await said(peer, "/数据集", group=group, user=BOSS)
    assert "训练集 v0001 构建好了" in await said(peer, "/数据集 构建", group=group, user=BOSS)
    assert "没有新东西" in await said(peer, "/数据集 构建", group=group, user=BOSS)
    await said(peer, UNKNOWN, group=group, user=7, at=True)
    await said(peer, "/纠错 C", group=group, user=7)
    await said(peer, "/审核", group=group, user=BOSS)
    await said(peer, "1", group=group, user=BOSS)
    built = await said(peer, "/数据集 构建", group=group, user=BOSS)
    assert "v0001 → v0002：新增 1；纠错 0 → 1" in built
    assert "→ 望海城" in built
    [picture] = [part for part in peer.sent[chat][-1]["segments"] if part["type"] == "image"]
    assert base64.b64decode(picture["data"]["file"].removeprefix("base64://")).startswith(b"\x89PNG")
    versions = await said(peer, "/数据集", group=group, user=BOSS)
    assert versions.startswith("训练集，共 2 版\nv0002")
    assert "还没用" in versions


async def test_others_may_not_and_mistakes_are_told(peer: Peer):
    assert await said(peer, "/数据集 构建", group=82, user=9) == "只有超级用户能用这个命令。"
    # The tests of this file may run in different processes, each with a bot of its own.
    await said(peer, "/数据集 构建", group=82, user=BOSS)
    assert "没有 v0009 这一版" in await said(peer, "/数据集 对比 v0001 v0009", group=82, user=BOSS)
    assert await said(peer, "/数据集 删除", group=82, user=BOSS) == (
        "这样用：/数据集 看各版，/数据集 构建，/数据集 对比 v0001 v0002。"
    )
