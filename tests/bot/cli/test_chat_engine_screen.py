"""``gongkao chat --engine`` in a terminal of its own."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.cli.test_chat_engine import COMMAND, environment, talk
from tests.fakes import ANSWER, ModelServer

pytestmark = pytest.mark.slow


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


class Terminal:
    """The command in a terminal of its own."""

    def __init__(self) -> None:
        self._screen = ""
        self._master, self._slave = os.openpty()

    async def start(self, home: Path, *arguments: str) -> None:
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        # Who leads a session gets the terminal it opens first as its own, and so its Ctrl-C.
        tty = os.ttyname(self._slave)
        script = f'stty rows 30 cols 100 <{tty}; exec "$@" <{tty} >{tty} 2>&1'
        self.child = await asyncio.create_subprocess_exec(
            "sh", "-c", script, "sh", *COMMAND, "--engine", *arguments,
            cwd=home, env=environment(TERM="xterm", PROMPT_TOOLKIT_NO_CPR="1"), start_new_session=True,
        )  # fmt: skip

    def _read(self) -> None:
        try:
            self._screen += os.read(self._master, 65536).decode(errors="replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self._master)

    async def sees(self, words: str) -> str:
        """What has come since the last call, *words* at its end."""
        async with asyncio.timeout(20):
            while words not in (text := re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._screen)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        before, _, after = text.partition(words)
        self._screen = after
        return before + words

    async def types(self, keys: str) -> None:
        await self.sees("问 ›")
        os.write(self._master, keys.encode())

    def presses(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    async def close(self) -> None:
        if self.child.returncode is None:
            self.child.kill()
            await self.child.wait()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
async def terminal() -> AsyncIterator[Terminal]:
    opened = Terminal()
    yield opened
    await opened.close()


async def test_ctrl_c_stops_the_answer_and_no_more(tmp_path: Path, server: ModelServer, terminal: Terminal):
    await terminal.start(tmp_path, "--url", server.url)
    banner = await terminal.sees("结束")
    assert "test-model" in banner
    assert server.url in banner
    server.modes = ["hang_mid", "ok"]
    await terminal.types("甲\r")
    # Its beginning is on the screen while the server is still at it.
    await terminal.sees(ANSWER[:8])
    assert server.in_flight == 1
    terminal.presses("\x03")
    await terminal.sees("停下了")
    async with asyncio.timeout(5):
        while not server.aborted:  # noqa: ASYNC110 - the server's counters have no events
            await asyncio.sleep(0.02)
    await terminal.types("乙\r")
    await terminal.sees(ANSWER)
    await terminal.sees(" 秒")
    await terminal.types("/清空\r")
    await terminal.sees("重新开始")
    await terminal.types("丙\r")
    await terminal.sees(" 秒")
    assert [talk(body)[1:] for body in server.bodies[1:]] == [[("user", "乙")], [("user", "丙")]]
    await terminal.types("/退出\r")
    assert await asyncio.wait_for(terminal.child.wait(), 10) == 0


async def test_ctrl_c_at_the_prompt_ends(tmp_path: Path, server: ModelServer, terminal: Terminal):
    await terminal.start(tmp_path, "--url", server.url)
    server.modes = ["500"]
    await terminal.types("甲\r")
    await terminal.sees("出错")
    await terminal.types("\x03")
    assert await asyncio.wait_for(terminal.child.wait(), 10) == 0
