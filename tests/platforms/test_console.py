"""The console of NoneBot: a screen of text in a terminal, played through a terminal of our own."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peer import free_port

pytestmark = [pytest.mark.slow]
_CONTROL = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])")


class Terminal:
    """Wide and high enough to show a whole answer."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        os.set_blocking(self.ours, False)
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 120, 0, 0))
        self.written = b""

    def read(self) -> str:
        """Everything that was ever drawn, without colours and places."""
        with contextlib.suppress(BlockingIOError, OSError):
            while piece := os.read(self.ours, 65536):
                self.written += piece
        return _CONTROL.sub(b"", self.written).decode("utf-8", "ignore")

    async def shows(self, text: str, wait_s: float = 40) -> None:
        deadline = time.monotonic() + wait_s
        while text not in self.read():
            assert time.monotonic() < deadline, self.read()[-3000:]
            await asyncio.sleep(0.1)

    async def type(self, text: str, wait_s: float = 40) -> None:
        deadline = time.monotonic() + wait_s
        # What is typed before the screen listens is lost; Ctrl and U clears what came through of it.
        while text not in self.read():
            assert time.monotonic() < deadline, self.read()[-3000:]
            # Ctrl and / lead to the line where messages are written.
            for char in f"\x1f\x15{text}":
                os.write(self.ours, char.encode())
                await asyncio.sleep(0.02)
            await asyncio.sleep(1)
        os.write(self.ours, b"\r")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    os.close(made.ours)
    os.close(made.theirs)


async def test_a_question_typed_into_the_console_is_answered_there(terminal: Terminal, tmp_path: Path):
    settings = f'[bot]\nport = {free_port()}\n[platforms]\nenabled = ["console"]\n[inference]\nbase_url = ""\n'
    (tmp_path / "bot.toml").write_text(settings, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    screen = terminal.theirs
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run",
        cwd=tmp_path, env={**kept, "TERM": "xterm-256color"}, stdin=screen, stdout=screen, stderr=screen,
    )  # fmt: skip
    try:
        await terminal.shows("Focus input")
        await terminal.type("我国第一部诗歌总集是什么")
        await terminal.shows("题库 #")
        assert "Traceback" not in terminal.read()
    finally:
        bot.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bot.wait(), 10)
        if bot.returncode is None:
            bot.kill()
            await bot.wait()
