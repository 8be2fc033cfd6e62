"""A message of one member, however it is written, does not make the others wait."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
LONG = 4000
"""Characters that platforms let a member send at once."""
AT_MOST_S = 15
"""What used to hold everybody up did so for minutes, the slowest machine takes well below a second now."""
COMMANDS = (
    *("/审核", "/撤销审核", "/解绑", "/绑定", "/撤销导入", "/撤回", "/帮助", "/纠正", "/排行", "/我的", "/错题本"),
    *("/同类", "/每日一练", "/训练", "/发布", "/回滚", "/数据集", "/对比", "/盲评", "/网页", "/设置", "/出题", "停"),
    *("/今日答案", "/纠错 #1", "每天发", "来5道", "考试", "复习"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot")).start()
    yield process
    if process.process and process.process.returncode is None:
        await process.kill()


@pytest.mark.parametrize("end", ["\u3000!x", "!" * 13])
@pytest.mark.parametrize("filling", [" ", "\n", "1 ", "# ", "one number"])
async def test_a_command_with_endless_blanks(peer: Peer, bot: BotProcess, filling: str, end: str):
    for user, command in enumerate(COMMANDS, start=1000):
        blanks = " " * (LONG // 2)
        filled = f"{blanks}1{blanks}" if filling == "one number" else (filling * LONG)[:LONG]
        await peer.private(f"{command}{filled}{end}", user=user)
    async with asyncio.timeout(AT_MOST_S), aiohttp.ClientSession() as http:
        # Twice: the first may come before what was sent is looked at.
        for _ in range(2):
            await asyncio.sleep(0.5)
            async with http.get(f"{bot.url}/healthz") as response:
                assert response.status == 200
