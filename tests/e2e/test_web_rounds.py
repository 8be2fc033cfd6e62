"""A superuser gets a code in private and compares two rounds on the page: bot, keeper and both servers are processes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bot.services.datasets.chat import ONLY_SUPERUSERS
from bot.services.passes import ONLY_PRIVATE
from tests.e2e.test_corrections import said
from tests.e2e.test_releases import NEW, OLD, Table, engine, keeper, table
from tests.peer import BotProcess, Peer
from tests.training.releases.conftest import port_pair

__all__ = ["keeper", "table"]
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS, MEMBER = 4242, 901


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    home = tmp_path_factory.mktemp("bot")
    lines = {"port": port_pair(), "python": str(engine(home)), "beside": "always", "drain_s": 1, "check_every_s": 0.2}
    serving = "\n".join(f"{name} = {json.dumps(value)}" for name, value in lines.items())
    process = await BotProcess(home, settings=f'superusers = ["{BOSS}"]\n[serving]\n{serving}').start()
    yield process
    await process.stop()


async def code(peer: Peer) -> str:
    """What the superuser is told in private."""
    chat = f"private:{BOSS}"
    count = len(peer.sent[chat]) + 1
    await peer.private("/网页", user=BOSS)
    # News of the model that went into service may come first.
    while "/rounds" not in (told := await peer.reply_to(chat, count=count)):
        count += 1
    assert f"http://127.0.0.1:{peer.bot.port}/rounds" in told
    return re.search(r"验证码 ([2-9A-Z]{8})，10 分钟内有效", told)[1]


async def test_a_code_from_the_chat_opens_the_page_for_rounds(
    peer: Peer, table: Table, keeper: asyncio.subprocess.Process
):
    assert await said(peer, "/网页", group=95, user=BOSS) == ONLY_PRIVATE
    assert await said(peer, "/网页", group=95, user=MEMBER) == ONLY_SUPERUSERS
    await peer.group("/网页", group=95, user=MEMBER, at=False)
    assert await peer.silent("group:95")

    await table.until("serving")
    url = f"{peer.bot.url}/rounds"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.post(f"{url}/code", data={"code": await code(peer)}) as reply:
            page = await reply.text()
        assert '<option value="1">第 1 轮</option>' in page

        asked = {"text": "虚构的云泽国建都于哪座城？", "round": "1"}
        async with browser.post(url, data=asked, headers={"Accept": "text/event-stream"}) as reply:
            events = re.findall(r"^event: (\w+)\ndata: (.*)$", await reply.text(), re.MULTILINE)
        assert [name for name, _ in events] == ["notice", "answer"]
        assert "第 1 轮正在旁边启动" in events[0][1]
        answer = json.loads(events[1][1])
        assert [one["title"] for one in answer["sides"]] == ["在服务的模型", "第 1 轮"]
        assert OLD in answer["sides"][0]["text"]
        assert NEW in answer["sides"][1]["text"]

        vote = f"{url}/{answer['battle_id']}/vote"
        async with browser.post(vote, data={"choice": "乙"}, headers={"Accept": "application/json"}) as reply:
            assert (await reply.json())["text"] == "记下了：乙。"
        async with browser.post(url, data={**asked, "alone": "1"}) as reply:
            page = await reply.text()
        assert page.count(NEW) == 2
        assert page.count(OLD) == 1
